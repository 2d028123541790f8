#include "transaction.h"

#include "conversation.h"

#include <stdio.h>
#include <time.h>

enum { PAUSE_FIRST_MS = 2, PAUSE_MAX_MS = 100, DUPLICATES_MAX = 20 };

static bool begin(struct carillon_storage_thread *thread)
{
    bson_error_t error;
    query_clear(thread);
    conversation_forget_all(thread);
    batch_clear(thread->batch);
    if (thread_has_session(thread) && !mongoc_client_session_start_transaction(thread->session, NULL, &error))
        query_fail(thread, &error, NULL);
    return !thread->failure;
}

/* The server undoes it by itself when this does not reach it: at the latest with the session's next transaction. */
static void undo(struct carillon_storage_thread *thread)
{
    if (thread->session && mongoc_client_session_in_transaction(thread->session))
        mongoc_client_session_abort_transaction(thread->session, NULL);
}

static bool has_label(const bson_t *reply, const char *label)
{
    return mongoc_error_has_label(reply, label);
}

/* AGAIN: the whole transaction. Asking again whether it was committed is safe, the server knows it by its number. */
static enum carillon_result commit(struct carillon_storage_thread *thread, int64_t until_ms)
{
    bson_t reply;
    bson_error_t error;
    for (;;) {
        bool done = mongoc_client_session_commit_transaction(thread->session, &reply, &error);
        bool unknown = !done && has_label(&reply, "UnknownTransactionCommitResult");
        bool transient = !done && has_label(&reply, "TransientTransactionError");
        if (!done)
            query_fail(thread, &error, &reply);
        bson_destroy(&reply);
        if (done) {
            query_clear(thread);
            return CARILLON_OK;
        }
        if (transient)
            return CARILLON_AGAIN;
        if (!unknown)
            return query_result(thread->failure);
        if (mongodb_host->monotonic_ms() >= until_ms)
            return CARILLON_UNKNOWN;
        query_clear(thread);
    }
}

static void pause_before_try(unsigned attempt)
{
    int64_t ms = PAUSE_FIRST_MS << (attempt < 6 ? attempt : 6);
    ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
    /* Two daemons that write the same must not meet again and again. */
    ms = 1 + (int64_t)((uint64_t)mongodb_host->monotonic_ms() * 2654435761U % (uint64_t)ms);
    struct timespec pause = { .tv_sec = 0, .tv_nsec = ms * 1000000 };
    nanosleep(&pause, NULL);
}

enum carillon_result transaction_run(struct carillon_storage_thread *thread, transaction_fn *work, void *arg,
                                     int64_t until_ms)
{
    enum carillon_result result = CARILLON_AGAIN;
    for (unsigned attempt = 0, duplicates = 0; result == CARILLON_AGAIN; attempt++) {
        if (attempt)
            pause_before_try(attempt);
        if (begin(thread))
            work(thread, arg);
        batch_flush(thread);
        if (!thread->failure)
            result = commit(thread, until_ms);
        else
            undo(thread);
        if (result != CARILLON_AGAIN)
            break;
        bool duplicate = thread->failure == FAILURE_DUPLICATE && duplicates++ < DUPLICATES_MAX;
        thread->batch->careful |= duplicate;
        if (!duplicate && thread->failure != FAILURE_TRANSIENT)
            result = query_result(thread->failure);
        else if (mongodb_host->monotonic_ms() >= until_ms)
            result = CARILLON_UNAVAILABLE;
    }
    return result;
}
