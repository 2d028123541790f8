/* What the tests of SQLite alone share. */
#ifndef STORAGE_SQLITE_FIXTURE_H
#define STORAGE_SQLITE_FIXTURE_H

#include <stdint.h>

/* The first column of the first row, from t.db in the test's folder, read past the plugin and past any VFS of ours. */
int64_t sqlite_number(const char *sql);
/* Ends a test that installed the shim; *state is its fixture. */
int shim_teardown(void **state);

#endif
