/* The tables, and how older files are brought up to date. */
#ifndef SQLITE_SCHEMA_H
#define SQLITE_SCHEMA_H

#include <carillon/types.h>

#include <sqlite3.h>

#define SCHEMA_APPLICATION_ID 0x4361726c /* "Carl": tells our files from others (PRAGMA application_id) */

/*
 * Checks whose file it is and runs the steps that it lacks, each in one transaction. error: what is wrong and the cure.
 *   UNSUPPORTED  another program's file, or a newer Carillon's
 *   UNAVAILABLE  could not be read or written
 */
enum carillon_result schema_migrate(sqlite3 *db, const char *path, char *error, size_t error_size);
int schema_version(void); /* the current one */

#endif
