#include "write.h"

#include "account.h"
#include "connection.h"
#include "conversation.h"
#include "fold.h"
#include "operations.h"
#include "query.h"
#include "search_index.h"

#include <stdlib.h>
#include <string.h>

enum { PRUNE_EVERY_MS = 1000, PRUNE_ROWS = 1000 };

static operation_fn *const operations[CARILLON_STORAGE_OP_COUNT] = {
#define X(op, function) [CARILLON_STORAGE_##op] = function,
    SQLITE_WRITES(X)
#undef X
};

static void answer(struct carillon_storage_thread *thread, struct carillon_storage_request *request,
                   enum carillon_result result)
{
    request->result = result;
    if (result >= 0)
        return;
    /* What a failed operation has put together is not true. EXISTS comes with the conversation that does. */
    if (result != CARILLON_EXISTS)
        request->out = (struct carillon_storage_output){ .detail = request->out.detail };
    if (thread->error) {
        thread->request = request;
        thread->error = SQLITE_OK; /* the arena may take the detail, unless it is what was full */
        request->out.detail = query_copy(thread, (struct carillon_str){ thread->detail, strlen(thread->detail) });
    }
}

static void answer_all(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n,
                       enum carillon_result result)
{
    int error = thread->error;
    for (size_t i = 0; i < n; i++) {
        thread->error = error;
        requests[i]->out = (struct carillon_storage_output){ 0 };
        answer(thread, requests[i], result);
    }
    query_clear_error(thread);
}

static void roll_back(struct carillon_storage_thread *thread)
{
    conversation_forget_held(thread);
    fresh_forget(thread);
    actors_forget(thread);
    search_index_forget(thread);
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (thread->statements[i])
            sqlite3_reset(thread->statements[i]);
    }
    if (!sqlite3_get_autocommit(thread->db))
        sqlite3_exec(thread->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Of the disk and the like, which is nobody's fault in the batch. */
static bool is_common_failure(int code)
{
    enum carillon_result result = query_result_of(code);
    return result == CARILLON_UNAVAILABLE || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static void run_one(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    thread->request = request;
    request->out = (struct carillon_storage_output){ 0 };
    operation_fn *operation = request->op < CARILLON_STORAGE_OP_COUNT ? operations[request->op] : NULL;
    enum carillon_result result = operation ? operation(thread, request) : CARILLON_UNSUPPORTED;
    if (!thread->error)
        answer(thread, request, result);
}

enum outcome { ALL_RAN, ONE_BROKE, NOTHING_WORKS };

/*
 * Runs what has not failed yet in one transaction. There is no savepoint a request: each would make FTS5 write what it
 * has gathered so far as a segment of its own. Refusals write nothing; the rare request that breaks midway is marked,
 * everything is rolled back and the others run again without it.
 */
static enum outcome run_batch(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                              bool *broken, size_t n)
{
    conversation_forget_held(thread);
    RUN0(thread, BEGIN_WRITE);
    for (size_t i = 0; i < n && !thread->error; i++) {
        if (broken[i])
            continue;
        run_one(thread, requests[i]);
        if (thread->error && !is_common_failure(thread->error)) {
            store_log(ERROR, "%s", thread->detail);
            broken[i] = true;
            roll_back(thread);
            answer(thread, requests[i], query_result_of(thread->error));
            query_clear_error(thread);
            return ONE_BROKE;
        }
    }
    return thread->error ? NOTHING_WORKS : ALL_RAN;
}

static void prune_client_ids(struct carillon_storage_thread *thread)
{
    int64_t now = sqlite_host->now_ms();
    if (now >= thread->pruned_ms && now - thread->pruned_ms < PRUNE_EVERY_MS)
        return;
    thread->pruned_ms = now;
    RUN(thread, CLIENT_ID_PRUNE, INT(now - thread->store->client_id_ttl), INT(PRUNE_ROWS));
}

static void checkpoint(struct carillon_storage_thread *thread)
{
    if ((int64_t)thread->wal_pages * 4096 < thread->store->checkpoint_size)
        return;
    if (sqlite3_wal_checkpoint_v2(thread->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
        store_log(ERROR, "%s: the write-ahead log cannot be moved into the file: %s", thread->store->path,
                  sqlite3_errmsg(thread->db));
    thread->wal_pages = 0; /* tried; the next commit tells the true number */
}

/*
 * After a failed fsync nobody knows which pages reached the disk, and the kernel reports it once only. The log's end may
 * hold the whole batch. So: a new connection, everything committed moved into the file and synced, the log cut to nothing.
 */
static enum carillon_result clean_log(struct carillon_storage_thread *thread)
{
    if (!thread->doubtful && thread->db)
        return CARILLON_OK;
    if (thread_reopen(thread) != CARILLON_OK)
        return CARILLON_UNAVAILABLE;
    if (sqlite3_wal_checkpoint_v2(thread->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK) {
        store_log(ERROR, "%s: writing is refused until the disk works again: %s", thread->store->path,
                  sqlite3_errmsg(thread->db));
        return CARILLON_UNAVAILABLE;
    }
    thread->doubtful = false;
    thread->activity = 0;
    store_log(NOTICE, "%s: the disk works again", thread->store->path);
    return CARILLON_OK;
}

/* The disk being full stops a commit before its last frame: it is not there. Any other failure leaves that open. */
static enum carillon_result fail_commit(struct carillon_storage_thread *thread)
{
    store_log(ERROR, "%s: commit: %s", thread->store->path, thread->detail);
    bool full = (thread->error & 0xff) == SQLITE_FULL;
    roll_back(thread);
    if (full)
        return CARILLON_UNAVAILABLE;
    thread->doubtful = true;
    return CARILLON_UNKNOWN;
}

static enum carillon_result commit(struct carillon_storage_thread *thread)
{
    RUN0(thread, COMMIT);
    return thread->error ? fail_commit(thread) : CARILLON_OK;
}

static enum carillon_result transact(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                                     size_t n)
{
    bool *broken = calloc(n, sizeof(*broken));
    if (!broken)
        return CARILLON_NO_MEMORY;
    enum outcome outcome;
    do {
        outcome = run_batch(thread, requests, broken, n);
    } while (outcome == ONE_BROKE);
    free(broken);
    conversation_flush(thread);
    fold_if_due(thread);
    search_index_if_due(thread);
    conversation_forget_held(thread);
    if (outcome == ALL_RAN)
        prune_client_ids(thread);
    if (!thread->error)
        return commit(thread);
    store_log(ERROR, "%s: %s", thread->store->path, thread->detail);
    roll_back(thread);
    return query_result_of(thread->error);
}

enum carillon_result write_batch(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                                 size_t n)
{
    query_clear_error(thread);
    enum carillon_result result = clean_log(thread);
    if (result == CARILLON_OK)
        result = transact(thread, requests, n);
    else
        query_fail(thread, SQLITE_IOERR, "writing is refused until the disk works again");
    if (result == CARILLON_OK)
        checkpoint(thread);
    else
        answer_all(thread, requests, n, result);
    return result;
}
