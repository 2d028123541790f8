#include "search_fresh.h"

#include "query.h"

static const char table[] = "CREATE VIRTUAL TABLE search USING " SQL_SEARCH_INDEX;
static const char add[] = "INSERT INTO search(rowid, scope, text) VALUES(?1, ?2, ?3)";
static const char find[] = "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC";

static void fail(struct carillon_storage_thread *thread)
{
    struct scratch *scratch = &thread->scratch;
    query_fail(thread, scratch->db ? sqlite3_extended_errcode(scratch->db) : SQLITE_NOMEM,
               scratch->db ? sqlite3_errmsg(scratch->db) : "out of memory");
}

static bool scratch_open(struct carillon_storage_thread *thread)
{
    struct scratch *scratch = &thread->scratch;
    if (scratch->find)
        return true;
    if (sqlite3_open_v2(":memory:", &scratch->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
        sqlite3_exec(scratch->db, table, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(scratch->db, add, -1, &scratch->add, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(scratch->db, find, -1, &scratch->find, NULL) == SQLITE_OK)
        return true;
    fail(thread);
    search_fresh_close(thread);
    return false;
}

void search_fresh_close(struct carillon_storage_thread *thread)
{
    struct scratch *scratch = &thread->scratch;
    sqlite3_finalize(scratch->add);
    sqlite3_finalize(scratch->find);
    sqlite3_close(scratch->db);
    *scratch = (struct scratch){ 0 };
}

/* How many there are. */
static size_t fill(struct carillon_storage_thread *thread, sqlite3_stmt *rows)
{
    sqlite3_stmt *to = thread->scratch.add;
    size_t count = 0;
    while (query_row(thread, rows)) {
        sqlite3_bind_int64(to, 1, sqlite3_column_int64(rows, 0));
        sqlite3_bind_value(to, 2, sqlite3_column_value(rows, 1));
        sqlite3_bind_value(to, 3, sqlite3_column_value(rows, 2));
        if (sqlite3_step(to) != SQLITE_DONE)
            fail(thread);
        sqlite3_reset(to);
        count++;
    }
    return count;
}

static struct keys match_all(struct carillon_storage_thread *thread, struct carillon_str match, size_t max)
{
    struct keys keys = keys_new(thread, max);
    sqlite3_stmt *from = thread->scratch.find;
    int rc = sqlite3_bind_text64(from, 1, match.ptr, match.len, SQLITE_STATIC, SQLITE_UTF8);
    while (rc == SQLITE_OK && (rc = sqlite3_step(from)) == SQLITE_ROW) {
        keys_add(&keys, sqlite3_column_int64(from, 0));
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE)
        fail(thread);
    sqlite3_reset(from);
    return keys;
}

struct keys search_fresh(struct carillon_storage_thread *thread, int64_t conversation, struct carillon_str match,
                         int64_t below)
{
    struct keys keys = { 0 };
    if (!FETCH(thread, SEARCH_FRESH_ANY, 0, INT(below)) || !scratch_open(thread))
        return keys;
    if (sqlite3_exec(thread->scratch.db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
        fail(thread);
        return keys;
    }
    size_t count = fill(thread, QUERY(thread, SEARCH_FRESH, TEXT(thread->request->app), INT(conversation), INT(below)));
    if (count && !thread->error)
        keys = match_all(thread, match, count);
    sqlite3_exec(thread->scratch.db, "ROLLBACK", NULL, NULL, NULL); /* empties it */
    return keys;
}
