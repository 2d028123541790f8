/* Connections to the database file, one a thread, and their settings. */
#ifndef SQLITE_CONNECTION_H
#define SQLITE_CONNECTION_H

#include "store.h"

/* Opens the file with all settings; *db is NULL on failure and error says why. */
enum carillon_result connection_open(const struct carillon_storage *store, sqlite3 **db, char *error,
                                     size_t error_size);
/* The contract's thread_open and thread_close. */
enum carillon_result thread_open(struct carillon_storage *store, bool writer, struct carillon_storage_thread **thread);
void thread_close(struct carillon_storage_thread *thread);
/* Drops statements and connection and makes a new one. */
enum carillon_result thread_reopen(struct carillon_storage_thread *thread);

#endif
