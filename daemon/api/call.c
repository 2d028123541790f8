#include "api/call.h"
#include "api/authenticate.h"
#include "api/input.h"
#include "base/arena.h"
#include "base/log.h"
#include "listener/http.h"
#include "loop/worker.h"
#include "session/limits.h"
#include "session/throttle.h"
#include "stats/stats.h"
#include "pipeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CALL_ARENA_MAX = 8 * 1024 * 1024, RETRY_AFTER_SECONDS = 1, SECOND_US = 1000000 };

static const char json_media[] = "application/json", problem_media[] = "application/problem+json";

static struct carillon_str text(const char *string)
{
    return (struct carillon_str){ string, strlen(string) };
}

/* ---- beginning ---- */

static struct call *call_new(const struct carillon_http_request *request, const struct api_route *route)
{
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->request = request->handle;
    call->route = route;
    call->begun_ns = loop_monotonic_ns();
    call->arena = arena_new(CALL_ARENA_MAX);
    if (!call->arena) {
        free(call);
        return NULL;
    }
    for (size_t i = 0; i < request->capture_count && i < CALL_CAPTURES_MAX; i++)
        call->captures[i] = arena_str(call->arena, request->captures[i].value);
    call->address = arena_str(call->arena, request->address);
    return call;
}

/* A page of another site can send text/plain without being asked about it first, but not this. */
static bool is_json(carillon_handle request)
{
    struct carillon_str type = http_header(request, "content-type");
    const size_t len = sizeof json_media - 1;
    return type.ptr && strncasecmp(type.ptr, json_media, len) == 0 &&
           (type.len == len || type.ptr[len] == ';' || type.ptr[len] == ' ');
}

static enum error_code read_body(struct call *call, const struct carillon_http_request *request)
{
    if (!call->route->http.body_max)
        return ERROR_NONE;
    if (request->body.len && !is_json(request->handle))
        return ERROR_UNSUPPORTED_MEDIA_TYPE;
    call->text = request->body;
    return input_parse(request->body, &call->body);
}

void call_begin(const struct carillon_http_request *request, void *user)
{
    const struct api_route *route = user;
    struct call *call = call_new(request, route);
    if (!call) {
        struct carillon_failure failure = error_failure(ERROR_BUSY);
        http_respond_failure(request->handle, &failure);
        return;
    }
    enum error_code error = authenticate(call);
    if (error == ERROR_NONE)
        error = read_body(call, request);
    if (error != ERROR_NONE)
        call_fail(call, error);
    else
        authenticate_judge(call, route->run);
}

const struct app *call_app(const struct call *call)
{
    return call->identity->app;
}

/* ---- ending ---- */

void call_forget(struct call *call)
{
    for (size_t i = 0; i < call->request_count; i++)
        storage_request_free(call->requests[i]);
    identity_unref(call->identity);
    json_decref(call->body);
    json_writer_free(&call->out);
    arena_free(call->arena);
    free(call);
}

/* Logs the pattern, not the path: invitation codes are secrets. */
static void count_answer(const struct call *call, unsigned status)
{
    int64_t took_ns = loop_monotonic_ns() - call->begun_ns;
    stats_observe(STAT_HTTP_TIME, (uint64_t)took_ns);
    log_debug("api", "%s %s %u, %" PRId64 " us, user %s", call->route->http.method, call->route->http.pattern, status,
              took_ns / 1000, call->identity ? call->identity->user.id.ptr : "-");
}

static void call_answer(struct call *call, unsigned status, const struct carillon_http_param *headers, size_t count,
                        struct carillon_str body)
{
    count_answer(call, status);
    http_respond(call->request, status, headers, count, body);
    call_forget(call);
}

void call_reply_text(struct call *call, unsigned status, const char *type, struct carillon_str body)
{
    const struct carillon_http_param headers[] = {
        { CARILLON_STR("Content-Type"), text(type) },
        { CARILLON_STR("Cache-Control"), CARILLON_STR("no-store") },
    };
    call_answer(call, status, headers, 2, body);
}

void call_reply(struct call *call, unsigned status)
{
    if (call->out.failed)
        call_fail(call, ERROR_BUSY);
    else
        call_reply_text(call, status, json_media, json_writer_str(&call->out));
}

void call_reply_empty(struct call *call)
{
    call_answer(call, 204, NULL, 0, (struct carillon_str){ 0 });
}

void call_reply_accepted(struct call *call)
{
    call_answer(call, 202, NULL, 0, (struct carillon_str){ 0 });
}

static void write_field_errors(struct call *call)
{
    if (!call->error_count)
        return;
    json_array_begin(&call->out, "errors");
    for (size_t i = 0; i < call->error_count; i++) {
        json_object_begin(&call->out, NULL);
        json_write_text(&call->out, "field", call->errors[i].field);
        json_write_str(&call->out, "detail", call->errors[i].detail);
        json_object_end(&call->out);
    }
    json_array_end(&call->out);
}

void call_write_problem(struct call *call, const struct carillon_failure *failure)
{
    json_object_begin(&call->out, NULL);
    error_write_problem_members(&call->out, failure);
    write_field_errors(call);
    json_object_end(&call->out);
}

void call_fail_failure(struct call *call, const struct carillon_failure *failure)
{
    struct carillon_http_param headers[4] = {
        { CARILLON_STR("Content-Type"), text(problem_media) },
        { CARILLON_STR("Cache-Control"), CARILLON_STR("no-store") },
    };
    size_t count = 2;
    char seconds[16];
    if (failure->status == 401)
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("WWW-Authenticate"), CARILLON_STR("Bearer") };
    if (failure->status == 429 || failure->status == 503) {
        snprintf(seconds, sizeof seconds, "%d", RETRY_AFTER_SECONDS);
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("Retry-After"), text(seconds) };
    }
    json_writer_reset(&call->out);
    call_write_problem(call, failure);
    struct carillon_str body = json_writer_str(&call->out);
    call_answer(call, failure->status, headers, count, body);
}

void call_fail(struct call *call, enum error_code error)
{
    struct carillon_failure failure = error_failure(error);
    call->error_count = 0;
    call_fail_failure(call, &failure);
}

void call_fail_with(struct call *call, enum error_code error, const char *detail)
{
    struct carillon_failure failure = error_failure(error);
    failure.detail = text(detail);
    call->error_count = 0;
    call_fail_failure(call, &failure);
}

void call_fail_fields(struct call *call, enum error_code error)
{
    struct carillon_failure failure = error_failure(error);
    call_fail_failure(call, &failure);
}

void call_fail_result(struct call *call, enum carillon_result result)
{
    call_fail(call, error_from_result(result));
}

/* ---- asking ---- */

void *call_alloc(struct call *call, size_t size)
{
    return arena_alloc(call->arena, size);
}

struct carillon_str call_str(struct call *call, struct carillon_str str)
{
    return arena_str(call->arena, str);
}

struct carillon_storage_request *call_request(struct call *call, enum carillon_storage_op op)
{
    struct carillon_storage_request *request = call->request_count < CALL_REQUESTS_MAX
                                                   ? storage_request_new(op, call_app(call)->name)
                                                   : NULL;
    if (!request) {
        call_fail(call, ERROR_BUSY);
        return NULL;
    }
    call->requests[call->request_count++] = request;
    request->in.user = call->identity->user;
    request->in.now_ms = loop_wall_ms();
    return request;
}

void call_drop(struct call *call, struct carillon_storage_request *request)
{
    for (size_t i = 0; i < call->request_count; i++) {
        if (call->requests[i] != request)
            continue;
        call->requests[i] = call->requests[--call->request_count];
        storage_request_free(request);
        return;
    }
}

static void storage_answered(struct carillon_storage_request *request, void *arg)
{
    struct call *call = arg;
    if (request->result < 0 && !call->raw)
        call_fail_result(call, request->result);
    else
        call->then_storage(call, request);
}

static void submit(struct call *call, struct carillon_storage_request *request, bool raw,
                   void (*then)(struct call *call, struct carillon_storage_request *request))
{
    call->then_storage = then;
    call->raw = raw;
    storage_submit(request, storage_answered, call);
}

void call_ask(struct call *call, struct carillon_storage_request *request,
              void (*then)(struct call *call, struct carillon_storage_request *request))
{
    submit(call, request, false, then);
}

void call_ask_raw(struct call *call, struct carillon_storage_request *request,
                  void (*then)(struct call *call, struct carillon_storage_request *request))
{
    submit(call, request, true, then);
}

/* People over HTTP have the rates that a session has; a server's key has none. */
static bool may_act_now(const struct call *call, enum action_kind kind)
{
    const struct session_limits *limits = session_limits();
    const struct identity *who = call->identity;
    if (who->server)
        return true;
    if (kind == ACTION_TYPING || kind == ACTION_READ)
        return throttle_take("passing", who->app->name, who->user.id, limits->passing_burst,
                             SECOND_US / limits->passing_rate);
    return throttle_take("publish", who->app->name, who->user.id, limits->publish_burst,
                         SECOND_US / limits->publish_rate);
}

struct action *call_action(struct call *call, enum action_kind kind, struct carillon_str channel)
{
    if (!may_act_now(call, kind)) {
        call_fail(call, ERROR_RATE_LIMITED);
        return NULL;
    }
    struct action *action = action_new(kind, call->identity, channel);
    if (action)
        action->address = action_str(action, call->address);
    else
        call_fail(call, ERROR_BUSY);
    return action;
}

void call_fail_action(struct call *call, const struct action *action)
{
    call_fail_failure(call, &action->failure);
}

static void action_answered(struct action *action)
{
    struct call *call = action->arg;
    if (action->error != ERROR_NONE && !call->raw)
        call_fail_action(call, action);
    else
        call->then_action(call, action);
    action_free(action);
}

static void act(struct call *call, struct action *action, bool raw,
                void (*then)(struct call *call, struct action *action))
{
    call->then_action = then;
    call->raw = raw;
    pipeline_submit(action, action_answered, call);
}

void call_act(struct call *call, struct action *action, void (*then)(struct call *call, struct action *action))
{
    act(call, action, false, then);
}

void call_act_raw(struct call *call, struct action *action, void (*then)(struct call *call, struct action *action))
{
    act(call, action, true, then);
}
