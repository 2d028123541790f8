#include "write.h"

#include "client_id.h"
#include "conversation.h"
#include "operations.h"
#include "transaction.h"

#include <stdlib.h>
#include <string.h>

static operation_fn *const operations[CARILLON_STORAGE_OP_COUNT] = {
#define X(op, function) [CARILLON_STORAGE_##op] = function,
    MONGODB_WRITES(X)
#undef X
};

struct work {
    struct carillon_storage_request **requests;
    size_t n;
    enum carillon_result *broken; /* of those that broke midway and are left out; OK for the others */
    bool one_broke;
};

static void answer(struct carillon_storage_request *request, enum carillon_result result)
{
    request->result = result;
    /* What a failed operation has put together is not true. EXISTS comes with the conversation that does. */
    if (result < 0 && result != CARILLON_EXISTS)
        request->out = (struct carillon_storage_output){ 0 };
}

static void explain(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    size_t len = strlen(thread->detail);
    char *detail = mongodb_host->arena_alloc(request->arena, len + 1);
    if (!detail)
        return;
    memcpy(detail, thread->detail, len + 1);
    request->out.detail = (struct carillon_str){ detail, len };
}

/* Of this request alone, however often it is tried. */
static bool is_its_own(enum failure failure)
{
    return failure == FAILURE_NO_MEMORY || failure == FAILURE_TOO_LARGE;
}

static void run_all(struct carillon_storage_thread *thread, void *arg)
{
    struct work *work = arg;
    work->one_broke = false;
    conversation_find_all(thread, work->requests, work->n);
    if (!thread->batch->careful)
        thread->batch->careful = client_ids_are_kept(thread, work->requests, work->n);
    for (size_t i = 0; i < work->n && !thread->failure; i++) {
        struct carillon_storage_request *request = work->requests[i];
        if (work->broken[i])
            continue;
        thread->request = request;
        request->out = (struct carillon_storage_output){ 0 };
        operation_fn *operation = request->op < CARILLON_STORAGE_OP_COUNT ? operations[request->op] : NULL;
        enum carillon_result result = operation ? operation(thread, request) : CARILLON_UNSUPPORTED;
        if (!thread->failure)
            answer(request, result);
        if (is_its_own(thread->failure)) {
            store_log(ERROR, "a request of this batch is left out: %s", thread->detail);
            work->broken[i] = query_result(thread->failure);
            work->one_broke = true;
        }
    }
}

enum carillon_result write_batch(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                                 size_t n)
{
    struct batch batch = { 0 };
    struct work work = { .requests = requests, .n = n, .broken = calloc(n, sizeof(*work.broken)) };
    if (!work.broken)
        return CARILLON_NO_MEMORY;
    int64_t until_ms = mongodb_host->monotonic_ms() + thread->store->write_time_max;
    enum carillon_result result = CARILLON_UNAVAILABLE;
    thread->batch = &batch;
    if (thread_is_ready(thread)) {
        do {
            result = transaction_run(thread, run_all, &work, until_ms);
        } while (work.one_broke);
    }
    batch_clear(&batch);
    thread->batch = NULL;
    conversation_forget_all(thread);
    if (result < 0 && atomic_load(&thread->store->ready)) /* else it was said once */
        store_log(WARNING, "%zu writes: %s", n, thread->detail);
    for (size_t i = 0; i < n; i++) {
        if (result < 0 || work.broken[i])
            answer(requests[i], result < 0 ? result : work.broken[i]);
        if (result < 0)
            explain(thread, requests[i]);
    }
    free(work.broken);
    query_clear(thread);
    return result;
}
