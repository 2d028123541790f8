/*
 * The full-text index, as it is written. FTS5 pays for each commit that touches it, so new messages stand beside it and
 * are put in by hundreds; a search looks through those that are not in it yet by itself (search_fresh.h). Messages up to
 * the key in search_done are in the index, later ones are not.
 *
 * On the writing thread, within a batch's transaction.
 */
#ifndef SQLITE_SEARCH_INDEX_H
#define SQLITE_SEARCH_INDEX_H

#include "store.h"

/* A text was given to a message: a new one, or one that search_remove was told of. */
void search_add(struct carillon_storage_thread *thread, int64_t conversation, int64_t message,
                struct carillon_str text);
/* Reads the message's present text: call it before that changes. */
void search_remove(struct carillon_storage_thread *thread, int64_t conversation, int64_t message);
/* Puts in what is not there yet, if it is enough. */
void search_index_if_due(struct carillon_storage_thread *thread);
/* At the start and after a rollback: where the index ends is looked up again. */
void search_index_forget(struct carillon_storage_thread *thread);

#endif
