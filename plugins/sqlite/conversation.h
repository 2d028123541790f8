/*
 * A conversation's row while a request works on it, and conversations as a user sees them.
 *
 * A batch is mostly many requests about few conversations. So the writer holds the row it found last, and writes its
 * numbers back once: before it reads another conversation, before the row is read in another way, and before the commit.
 */
#ifndef SQLITE_CONVERSATION_H
#define SQLITE_CONVERSATION_H

#include "store.h"

/* The one that the request names; false: there is none (or thread->error). */
bool conversation_find(struct carillon_storage_thread *thread, const struct carillon_storage_request *request,
                       struct conversation *conversation);
/* Keeps its new numbers. */
void conversation_store(struct carillon_storage_thread *thread, const struct conversation *conversation);
/* Puts it first in the list of conversations; conversation_store must follow. */
void conversation_bump(struct carillon_storage_thread *thread, struct conversation *conversation);
/* Writes back what is held; what is not written before a batch ends or is rolled back is forgotten. */
void conversation_flush(struct carillon_storage_thread *thread);
void conversation_forget_held(struct carillon_storage_thread *thread);
/* Sets out.conversation to it as in.user sees it. */
void conversation_answer(struct carillon_storage_thread *thread, int64_t key, bool with_last_message);
/* Sets list to those of keys (a JSON array), in its order; returns how many. *list is NULL when there are none. */
size_t conversation_load(struct carillon_storage_thread *thread, struct carillon_str keys, size_t max, int64_t account,
                         struct carillon_conversation **list);

#endif
