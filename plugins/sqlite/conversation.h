/* A conversation's row while a request works on it, and conversations as a user sees them. */
#ifndef SQLITE_CONVERSATION_H
#define SQLITE_CONVERSATION_H

#include "store.h"

struct conversation {
    int64_t key;
    int64_t last_pos, first_pos, member_count;
    int64_t message_count; /* messages ever */
    int64_t last_message;  /* key of the newest one that is not deleted, or 0 */
    enum carillon_visibility visibility;
};

/* The one that the request names; false: there is none (or thread->error). */
bool conversation_find(struct carillon_storage_thread *thread, const struct carillon_storage_request *request,
                       struct conversation *conversation);
/* Writes its numbers back. */
void conversation_store(struct carillon_storage_thread *thread, const struct conversation *conversation);
/* Puts it first in the list of conversations. */
void conversation_bump(struct carillon_storage_thread *thread, const struct conversation *conversation);
/* Sets out.conversation to it as in.user sees it. */
void conversation_answer(struct carillon_storage_thread *thread, int64_t key, bool with_last_message);
/* Sets list to those of keys (a JSON array), in its order; returns how many. *list is NULL when there are none. */
size_t conversation_load(struct carillon_storage_thread *thread, struct carillon_str keys, size_t max, int64_t account,
                         struct carillon_conversation **list);

#endif
