#include "storage/copy/side.h"

#include "base/arena.h"
#include "base/log.h"
#include "loop/timer.h"
#include "plugin/plugin.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_BOUND = 64 << 20 };

struct carillon_storage_request *copy_ask(enum carillon_storage_op op, const struct copy *copy,
                                          struct carillon_str conversation)
{
    struct carillon_storage_request *request = calloc(1, sizeof *request);
    if (!request || !(request->arena = arena_new(ANSWER_BOUND)))
        abort();
    request->op = op;
    request->app = copy->app->name;
    request->in.conversation = conversation;
    request->in.limit = COPY_PAGE;
    request->in.now_ms = loop_wall_ms();
    return request;
}

void copy_drop(struct carillon_storage_request *request)
{
    if (request)
        arena_free(request->arena);
    free(request);
}

static const char *op_name(enum carillon_storage_op op)
{
    static const char *const names[] = {
#define CARILLON_X(name, text, kind) text,
        CARILLON_STORAGE_OPS(CARILLON_X)
#undef CARILLON_X
    };
    return names[op];
}

static void say_failure(const struct side *side, const struct carillon_storage_request *request,
                        enum carillon_result result)
{
    struct carillon_str of = request->in.conversation;
    log_error("copy", "%s: %s%s%.*s: result %d%s%s", side->ops->name, op_name(request->op), of.len ? " of " : "",
              (int)of.len, of.len ? of.ptr : "", (int)result, request->out.detail.ptr ? ": " : "",
              request->out.detail.ptr ? request->out.detail.ptr : "");
}

enum carillon_result copy_read(struct side *side, struct carillon_storage_request *request)
{
    side->ops->read(side->reader, request);
    if (request->result < 0 && request->result != CARILLON_NOT_FOUND)
        say_failure(side, request, request->result);
    return request->result;
}

enum carillon_result copy_write_all(struct side *side, struct carillon_storage_request **requests, size_t n)
{
    enum carillon_result result = n ? side->ops->write(side->writer, requests, n) : CARILLON_OK;
    if (result < 0)
        say_failure(side, requests[0], result);
    for (size_t i = 0; result >= 0 && i < n; i++)
        if (requests[i]->result < 0 && requests[i]->result != CARILLON_EXISTS)
            say_failure(side, requests[i], result = requests[i]->result);
    for (size_t i = 0; i < n; i++)
        copy_drop(requests[i]);
    return result < 0 ? result : CARILLON_OK;
}

enum carillon_result copy_write(struct side *side, struct carillon_storage_request *request)
{
    return copy_write_all(side, &request, 1);
}

struct carillon_conversation *copy_look(struct side *side, const struct copy *copy, struct carillon_str name,
                                        struct carillon_storage_request **request)
{
    *request = copy_ask(CARILLON_STORAGE_CONVERSATION_GET, copy, name);
    return copy_read(side, *request) == CARILLON_OK ? (*request)->out.conversation : NULL;
}

/* A daemon waits for a server that is not there; who copies wants to know. */
static enum carillon_result side_answers(struct side *side)
{
    struct copy nobody = { .app = app_at(0) };
    struct carillon_storage_request *request = copy_ask(CARILLON_STORAGE_PING, &nobody, (struct carillon_str){ 0 });
    enum carillon_result result = copy_read(side, request);
    copy_drop(request);
    return result;
}

enum carillon_result side_open(struct side *side, const char *name)
{
    char error[256] = "";
    side->ops = plugins_find_storage((struct carillon_str){ name, strlen(name) });
    if (!side->ops) {
        log_error("copy", "no plugin provides the storage \"%s\"; list it in `plugins`", name);
        return CARILLON_NOT_FOUND;
    }
    enum carillon_result result = side->ops->open(&side->store, error, sizeof error);
    if (result == CARILLON_OK)
        result = side->ops->thread_open(side->store, true, &side->writer);
    if (result == CARILLON_OK)
        result = side->ops->thread_open(side->store, false, &side->reader);
    if (result != CARILLON_OK)
        log_error("copy", "%s", *error ? error : "a storage gave no connection");
    return result == CARILLON_OK ? side_answers(side) : result;
}

void side_close(struct side *side)
{
    if (side->writer)
        side->ops->thread_close(side->writer);
    if (side->reader)
        side->ops->thread_close(side->reader);
    if (side->store)
        side->ops->close(side->store);
}
