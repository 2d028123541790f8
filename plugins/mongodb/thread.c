#include "query.h"
#include "sessions.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const collection_names[COLLECTION_COUNT] = {
#define X(name, text) text,
    COLLECTIONS(X)
#undef X
};

/* Transactions read one snapshot and are durable on a majority, in their journals, before they count. */
static mongoc_client_session_t *start_writer_session(struct carillon_storage_thread *thread)
{
    bson_error_t error;
    mongoc_transaction_opt_t *transaction = mongoc_transaction_opts_new();
    mongoc_session_opt_t *session = mongoc_session_opts_new();
    mongoc_read_concern_t *snapshot = mongoc_read_concern_new();
    mongoc_write_concern_t *durable = mongoc_write_concern_new();
    mongoc_read_concern_set_level(snapshot, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_write_concern_set_wmajority(durable, 0);
    mongoc_write_concern_set_journal(durable, true);
    mongoc_transaction_opts_set_read_concern(transaction, snapshot);
    mongoc_transaction_opts_set_write_concern(transaction, durable);
    mongoc_transaction_opts_set_max_commit_time_ms(transaction, thread->store->write_time_max);
    mongoc_session_opts_set_default_transaction_opts(session, transaction);
    mongoc_session_opts_set_causal_consistency(session, false);
    mongoc_client_session_t *made = mongoc_client_start_session(thread->client, session, &error);
    if (!made)
        query_fail(thread, &error, NULL);
    mongoc_write_concern_destroy(durable);
    mongoc_read_concern_destroy(snapshot);
    mongoc_session_opts_destroy(session);
    mongoc_transaction_opts_destroy(transaction);
    return made;
}

enum carillon_result thread_open(struct carillon_storage *store, bool writer, struct carillon_storage_thread **out)
{
    struct carillon_storage_thread *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return CARILLON_NO_MEMORY;
    thread->store = store;
    (void)writer; /* connection and session are made when they are needed: the server may not be there yet */
    *out = thread;
    return CARILLON_OK;
}

bool thread_has_session(struct carillon_storage_thread *thread)
{
    if (!thread->session && (thread->session = start_writer_session(thread)))
        sessions_note(thread);
    return thread->session != NULL;
}

void thread_connect(struct carillon_storage_thread *thread)
{
    if (thread->client)
        return;
    thread->client = mongoc_client_pool_pop(thread->store->pool);
    for (int i = 0; i < COLLECTION_COUNT; i++)
        thread->collections[i] = mongoc_client_get_collection(thread->client, thread->store->database,
                                                              collection_names[i]);
}

bool thread_is_ready(struct carillon_storage_thread *thread)
{
    if (atomic_load_explicit(&thread->store->ready, memory_order_acquire)) {
        thread_connect(thread);
        return true;
    }
    thread->failure = FAILURE_UNAVAILABLE;
    snprintf(thread->detail, sizeof(thread->detail), "%.200s was not there since the start", thread->store->shown);
    return false;
}

void thread_close(struct carillon_storage_thread *thread)
{
    if (!thread)
        return;
    if (thread->session) {
        sessions_forget(thread);
        mongoc_client_session_destroy(thread->session);
    }
    for (int i = 0; thread->client && i < COLLECTION_COUNT; i++)
        mongoc_collection_destroy(thread->collections[i]);
    if (thread->client)
        mongoc_client_pool_push(thread->store->pool, thread->client);
    free(thread);
}
