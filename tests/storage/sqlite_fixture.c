#include "sqlite_fixture.h"

#include "fixture.h"
#include "host.h"
#include "shim_vfs.h"

#include <sqlite3.h>

int64_t sqlite_number(const char *sql)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *statement;
    snprintf(path, sizeof(path), "%s/t.db", host_folder());
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

int shim_teardown(void **state)
{
    struct fixture *f = *state;
    shim_heal();
    fixture_close(f);
    request_free_all();
    shim_remove();
    host_end_test();
    free(f);
    return 0;
}
