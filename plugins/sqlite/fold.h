/*
 * What is ordered by author is not kept in that order at once. Authors are many, and each has a place of its own in such a
 * table: a batch of appends would touch a page an author. So new rows stand in the order they came, and are folded in
 * by thousands, when each page takes many of them.
 *
 *   messages → authored                behind a conversation's folded_pos the messages themselves are looked through
 *   messages, client_ids_fresh (of events) → client_ids
 *                                      a lookup asks both sides; the writer asks the first only if it may have the id
 *
 * On the writing thread.
 */
#ifndef SQLITE_FOLD_H
#define SQLITE_FOLD_H

#include "store.h"

/* Folds when there is enough of it. Within a batch's transaction, before its end. */
void fold_if_due(struct carillon_storage_thread *thread);
/* Folds now: for who has to see all that an author wrote. */
void fold_now(struct carillon_storage_thread *thread);
/* After a rollback: what is fresh is looked up again. */
void fresh_forget(struct carillon_storage_thread *thread);

/* False: surely no fresh row has it. */
bool fresh_may_have(struct carillon_storage_thread *thread, int64_t author, int64_t conversation,
                    struct carillon_str client_id);
/* A row was added. */
void fresh_note(struct carillon_storage_thread *thread, int64_t author, int64_t conversation,
                struct carillon_str client_id);

#endif
