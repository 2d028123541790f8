/* Collections and indexes, and how older databases are brought up to date. */
#ifndef MONGODB_SCHEMA_H
#define MONGODB_SCHEMA_H

#include "store.h"

/*
 * Checks what the server can do and whose database it is, and runs the steps that it lacks. Several daemons may do so
 * at once. error: what is wrong and the cure.
 *   UNSUPPORTED  too old a server, no replica set, or a newer Carillon's database
 *   FORBIDDEN    user, password or role are wrong
 *   INVALID      the set has another name
 *   UNAVAILABLE  no answer, or no primary: later there may be
 */
enum carillon_result schema_migrate(struct carillon_storage *store, mongoc_client_t *client, char *error,
                                    size_t error_size);
int schema_version(void); /* the current one */

#endif
