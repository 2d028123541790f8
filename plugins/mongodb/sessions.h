/*
 * A transaction of a process that was killed keeps its locks until the server's time is up, a minute: nobody could write
 * to its conversations. So every writer notes its session in the database, with its machine and process; who opens the
 * store ends those of processes of this machine that are no more.
 */
#ifndef MONGODB_SESSIONS_H
#define MONGODB_SESSIONS_H

#include "store.h"

/* Main thread, before this process has sessions of its own. What fails costs only that minute. */
void sessions_end_orphans(struct carillon_storage *store, mongoc_client_t *client);
void sessions_note(struct carillon_storage_thread *thread);
void sessions_forget(struct carillon_storage_thread *thread);

#endif
