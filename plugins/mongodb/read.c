#include "read.h"

#include "conversation.h"
#include "operations.h"

#include <string.h>

static operation_fn *const operations[CARILLON_STORAGE_OP_COUNT] = {
#define X(op, function) [CARILLON_STORAGE_##op] = function,
    MONGODB_READS(X)
#undef X
};

/* What a majority had when the first command came; all later commands see the same. */
static void begin_snapshot(struct carillon_storage_thread *thread)
{
    bson_error_t error;
    mongoc_session_opt_t *opts = mongoc_session_opts_new();
    mongoc_session_opts_set_snapshot(opts, true);
    thread->session = mongoc_client_start_session(thread->client, opts, &error);
    if (!thread->session)
        query_fail(thread, &error, NULL);
    mongoc_session_opts_destroy(opts);
}

static void end_snapshot(struct carillon_storage_thread *thread)
{
    if (thread->session)
        mongoc_client_session_destroy(thread->session);
    thread->session = NULL;
}

void read_request(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    operation_fn *operation = request->op < CARILLON_STORAGE_OP_COUNT ? operations[request->op] : NULL;
    request->out = (struct carillon_storage_output){ 0 };
    if (!operation) {
        request->result = CARILLON_UNSUPPORTED;
        return;
    }
    query_clear(thread);
    thread->request = request;
    if (thread_is_ready(thread))
        begin_snapshot(thread);
    enum carillon_result result = thread->failure ? CARILLON_UNAVAILABLE : operation(thread, request);
    end_snapshot(thread);
    conversation_forget_all(thread);
    if (thread->failure) {
        result = query_result(thread->failure);
        struct carillon_str detail = { thread->detail, strlen(thread->detail) };
        thread->failure = FAILURE_NONE;
        detail = doc_copy(thread, detail);
        request->out = (struct carillon_storage_output){ .detail = detail };
    } else if (result < 0) {
        request->out = (struct carillon_storage_output){ 0 };
    }
    request->result = result;
}

enum carillon_result ping(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    bson_t *filter = bson_new();
    doc_str(filter, "_id", CARILLON_STR("schema"));
    (void)request;
    return query_any(thread, COLLECTION_STATE, filter) ? CARILLON_OK : CARILLON_UNAVAILABLE;
}
