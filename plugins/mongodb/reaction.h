/* Reactions: one document each, and a summary in the message, which is what is read. */
#ifndef MONGODB_REACTION_H
#define MONGODB_REACTION_H

#include "query.h"

/* Takes one user's reaction, which is there, away from a message; revision: pos of the change. */
void reaction_remove(struct carillon_storage_thread *thread, struct carillon_str user, int64_t message,
                     struct carillon_str emoji, int64_t revision);

#endif
