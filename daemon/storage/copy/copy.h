/*
 * carillond --copy-storage: everything that one storage has, into another. Each conversation is copied by repeating its
 * changes in their order, so positions and epochs stay, and clients notice nothing. A copy that was cut off goes on where
 * the target's conversations end when it is run again.
 */
#ifndef CARILLON_STORAGE_COPY_H
#define CARILLON_STORAGE_COPY_H

#include <carillon/types.h>

/* Main thread, instead of the daemon; both plugins are initialised. Says how far it is, and what went wrong. */
enum carillon_result storage_copy(const char *from, const char *to);

#endif
