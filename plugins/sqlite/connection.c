#include "connection.h"

#include "search_fresh.h"
#include "search_index.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUSY_TIMEOUT_MS = 5000, PROGRESS_STEPS = 10000, LOG_KEPT_BYTES = 64 << 20 };

static int apply_settings(const struct carillon_storage *store, sqlite3 *db)
{
    char pragmas[512];
    /* secure_delete: what is deleted is overwritten in the file, not just unlinked from its page. */
    snprintf(
        pragmas, sizeof(pragmas),
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;"
        "PRAGMA journal_size_limit = %d; PRAGMA cache_size = -%lld",
        store->sync ? "FULL" : "OFF", LOG_KEPT_BYTES, (long long)(store->cache_size / 1024));
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return sqlite3_exec(db, pragmas, NULL, NULL, NULL);
}

static const char *cure_of(sqlite3 *db, const char *path)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOTADB:
        return "it is not a database; restore it from a backup or set sqlite.path to another file";
    case SQLITE_CORRUPT:
        return "it is damaged; restore it from a backup";
    case SQLITE_FULL:
        return "make room on its disk";
    case SQLITE_OK: /* opened, but only for reading */
        return "this user may not write it; check the owner and rights of the file and of its folder";
    default:
        (void)path;
        return "check that its folder exists, and the owner and rights of the file and of its folder";
    }
}

enum carillon_result connection_open(const struct carillon_storage *store, sqlite3 **db, char *error, size_t error_size)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int rc = sqlite3_open_v2(store->path, db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = apply_settings(store, *db);
    if (rc == SQLITE_OK && sqlite3_db_readonly(*db, "main") == 0)
        return CARILLON_OK;
    snprintf(error, error_size, "%s cannot be opened: %s; %s", store->path,
             rc == SQLITE_OK ? "it is read-only" : sqlite3_errmsg(*db), cure_of(*db, store->path));
    sqlite3_close(*db);
    *db = NULL;
    return CARILLON_UNAVAILABLE;
}

/* Lets a reader give up what takes too long. */
static int out_of_time(void *arg)
{
    const struct carillon_storage_thread *thread = arg;
    return sqlite_host->monotonic_ms() > thread->read_until;
}

static int note_log_size(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct carillon_storage_thread *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

static enum carillon_result connect_thread(struct carillon_storage_thread *thread)
{
    char error[256];
    enum carillon_result result = connection_open(thread->store, &thread->db, error, sizeof(error));
    if (result != CARILLON_OK) {
        store_log(ERROR, "%s", error);
        return result;
    }
    if (thread->writer) {
        search_index_forget(thread);
        sqlite3_wal_hook(thread->db, note_log_size, thread);
    } else {
        sqlite3_exec(thread->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
        sqlite3_progress_handler(thread->db, PROGRESS_STEPS, out_of_time, thread);
    }
    return CARILLON_OK;
}

static void disconnect_thread(struct carillon_storage_thread *thread)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(thread->statements[i]);
        thread->statements[i] = NULL;
    }
    search_fresh_close(thread);
    sqlite3_close(thread->db);
    thread->db = NULL;
}

enum carillon_result thread_open(struct carillon_storage *store, bool writer, struct carillon_storage_thread **out)
{
    struct carillon_storage_thread *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return CARILLON_NO_MEMORY;
    thread->store = store;
    thread->writer = writer;
    thread->read_until = INT64_MAX;
    sqlite3_randomness(sizeof(thread->seed), &thread->seed);
    enum carillon_result result = connect_thread(thread);
    if (result != CARILLON_OK) {
        free(thread);
        return result;
    }
    *out = thread;
    return CARILLON_OK;
}

void thread_close(struct carillon_storage_thread *thread)
{
    if (!thread)
        return;
    disconnect_thread(thread);
    free(thread);
}

enum carillon_result thread_reopen(struct carillon_storage_thread *thread)
{
    disconnect_thread(thread);
    return connect_thread(thread);
}
