/* Reactions: one document each, and a summary in the message, which is what is read. */
#ifndef MONGODB_REACTION_H
#define MONGODB_REACTION_H

#include "query.h"

enum { REACTION_KINDS_MAX = 50 }; /* different emoji on a message */

/* Takes one user's reaction, which is there, away from a message; revision: pos of the change. */
void reaction_remove(struct carillon_storage_thread *thread, struct carillon_str user, int64_t message,
                     struct carillon_str emoji, int64_t revision);
/* Writes one emoji's count and first users into the message anew; first: the message has none of it yet. */
void reaction_show(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji, bool first,
                   int64_t revision);

/* Has the user reacted so, as far as daemons know? How many have? */
bool reaction_is_there(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji,
                       struct carillon_str user);
int64_t reaction_count(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji);
/* What a message's document says: how many of this emoji, how many different ones. */
int64_t reaction_shown(const bson_t *message, struct carillon_str emoji);
size_t reaction_kinds(const bson_t *message);

#endif
