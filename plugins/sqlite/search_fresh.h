/* Searching the messages that the index does not have yet, by an index of the same kind in a reader's memory. */
#ifndef SQLITE_SEARCH_FRESH_H
#define SQLITE_SEARCH_FRESH_H

#include "keys.h"

/*
 * The matching ones of the app, or of one conversation (key; 0: any) with keys less than `below`, the newest first. Who may
 * see them is not looked at.
 */
struct keys search_fresh(struct carillon_storage_thread *thread, int64_t conversation, struct carillon_str match,
                         int64_t below);
/* With the thread's connection. */
void search_fresh_close(struct carillon_storage_thread *thread);

#endif
