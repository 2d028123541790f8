#include "storage/request.h"
#include "loop/worker.h"

#include <stdlib.h>

enum { INPUT_BOUND = 1 << 20 };

static const char op_kinds[] = {
#define CARILLON_X(name, text, kind) (#kind)[0],
    CARILLON_STORAGE_OPS(CARILLON_X)
#undef CARILLON_X
};

char storage_op_kind(enum carillon_storage_op op)
{
    return op_kinds[op];
}

struct carillon_storage_request *storage_request_new(enum carillon_storage_op op, struct carillon_str app)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    request->pub.op = op;
    request->pub.arena = arena_new(INPUT_BOUND);
    if (!request->pub.arena) {
        free(request);
        return NULL;
    }
    request->pub.app = arena_str(request->pub.arena, app);
    atomic_init(&request->state, REQUEST_IDLE);
    return &request->pub;
}

struct carillon_str storage_request_str(struct carillon_storage_request *request, struct carillon_str str)
{
    return arena_str(request->arena, str);
}

void request_destroy(struct request *request)
{
    arena_free(request->pub.arena);
    arena_free(request->work.arena);
    free(request);
}

void storage_request_free(struct carillon_storage_request *pub)
{
    struct request *request = pub ? request_of(pub) : NULL;
    if (!request)
        return;
    request->freed = true;
    if (atomic_load(&request->state) == REQUEST_IDLE) /* else the executor's completion brings it back */
        request_destroy(request);
}
