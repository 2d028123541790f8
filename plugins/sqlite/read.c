#include "read.h"

#include "connection.h"
#include "operations.h"
#include "query.h"

#include <string.h>

static operation_fn *const operations[CARILLON_STORAGE_OP_COUNT] = {
#define X(op, function) [CARILLON_STORAGE_##op] = function,
    SQLITE_READS(X)
#undef X
};

static void fail(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    request->result = query_result_of(thread->error);
    request->out = (struct carillon_storage_output){ 0 };
    if (thread->error != SQLITE_INTERRUPT)
        store_log(ERROR, "%s: %s", thread->store->path, thread->detail);
    thread->error = SQLITE_OK;
    request->out.detail = query_copy(thread, (struct carillon_str){ thread->detail, strlen(thread->detail) });
}

void read_request(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    thread->request = request;
    request->out = (struct carillon_storage_output){ 0 };
    query_clear_error(thread);
    operation_fn *operation = request->op < CARILLON_STORAGE_OP_COUNT ? operations[request->op] : NULL;
    if (!operation) {
        request->result = CARILLON_UNSUPPORTED;
        return;
    }
    if (!thread->db && thread_reopen(thread) != CARILLON_OK) {
        request->result = CARILLON_UNAVAILABLE;
        return;
    }
    thread->read_until = sqlite_host->monotonic_ms() + thread->store->read_time_max;
    RUN0(thread, BEGIN_READ);
    request->result = operation(thread, request);
    if (thread->error)
        fail(thread, request);
    else if (request->result < 0)
        request->out = (struct carillon_storage_output){ .detail = request->out.detail };
    thread->read_until = INT64_MAX;
    query_clear_error(thread);
    if (!sqlite3_get_autocommit(thread->db))
        RUN0(thread, END_READ);
    query_clear_error(thread);
}

enum carillon_result ping(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    (void)request;
    return FETCH0(thread, PING, 0) > 0 ? CARILLON_OK : CARILLON_INTERNAL;
}
