#include "api.h"
#include "api_auth.h"
#include "api_replays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* X(method, path, function) */
#define API_ROUTES(X)                                                                                                  \
    X("POST", "/apps/{id}/events", api_events)                                                                         \
    X("POST", "/apps/{id}/batch_events", api_batch)                                                                    \
    X("GET", "/apps/{id}/channels", api_channels)                                                                      \
    X("GET", "/apps/{id}/channels/{channel}", api_channel)                                                             \
    X("GET", "/apps/{id}/channels/{channel}/users", api_channel_users)                                                 \
    X("POST", "/apps/{id}/users/{user}/events", api_user_events)                                                       \
    X("POST", "/apps/{id}/users/{user}/terminate_connections", api_user_terminate)

struct row {
    const char *method, *path;
    api_fn run;
};

static const struct row rows[] = {
#define API_X(method, path, run) { method, path, run },
    API_ROUTES(API_X)
#undef API_X
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], PATTERN_MAX = 300 };

/* ---- answers ---- */

static void reply(carillon_handle request, unsigned status, const char *type, struct carillon_str body)
{
    const struct carillon_http_param header = { CARILLON_STR("Content-Type"), { type, strlen(type) } };
    pusher.host->http_respond(request, status, &header, 1, body);
}

void api_reply(carillon_handle request, struct text *json)
{
    struct carillon_str body = text_str(json);
    if (body.ptr)
        reply(request, 200, "application/json", body);
    else
        api_refuse(request, 500, "The server is short of memory");
    text_free(json);
}

void api_reply_empty(carillon_handle request)
{
    reply(request, 200, "application/json", CARILLON_STR("{}"));
}

void api_refuse(carillon_handle request, unsigned status, const char *why)
{
    char body[512];
    int len = snprintf(body, sizeof body, "%s\n", why);
    reply(request, status, "text/plain; charset=utf-8", (struct carillon_str){ body, (size_t)len });
}

void api_refuse_failure(carillon_handle request, const struct carillon_failure *failure)
{
    api_refuse(request, failure->status, failure->detail.ptr);
}

struct carillon_str api_capture(const struct api_call *call, size_t n)
{
    return n < call->request->capture_count ? call->request->captures[n].value : (struct carillon_str){ 0 };
}

/* ---- is it the app's server? ---- */

/* Pages do not hold the secret; and if one does, other pages must not be able to use it through a browser. */
static bool origin_is_allowed(const struct api_call *call)
{
    const struct carillon_host *host = pusher.host;
    return host->app_allows_origin(call->app->name, host->http_header(call->request->handle, "origin"),
                                   host->http_header(call->request->handle, "host"));
}

static _Thread_local struct {
    int64_t second;
    const struct carillon_app *app;
    uint32_t count;
} rate[16];

/* So many in each second of the clock. Two apps that share a slot start it anew in turn, which only allows more. */
static bool is_too_fast(const struct carillon_app *app)
{
    int64_t second = pusher.host->monotonic_ms() / 1000;
    size_t slot = (uintptr_t)app / sizeof(void *) % (sizeof rate / sizeof rate[0]);
    if (!app->limits.requests)
        return false;
    if (rate[slot].second != second || rate[slot].app != app) {
        rate[slot].second = second;
        rate[slot].app = app;
        rate[slot].count = 0;
    }
    return ++rate[slot].count > app->limits.requests;
}

/* 0: it may go on. */
static unsigned judge(const struct api_call *call, size_t prefix_len, const char **why)
{
    const struct signed_request signed_request = { .method = call->request->method,
                                                   .path = call->request->path,
                                                   .body = call->request->body,
                                                   .prefix_len = prefix_len,
                                                   .params = &call->params };
    int64_t now_ms = pusher.host->now_ms();
    *why = "There is no such app";
    if (!call->app || !call->app->key.ptr)
        return 404;
    *why = api_auth_problem(call->app, &signed_request, now_ms);
    if (*why)
        return 401;
    *why = "This request was made before";
    if (!replays_take(call->app, params_get(&call->params, "auth_signature"), now_ms))
        return 401;
    *why = "The app is disabled";
    if (!call->app->enabled)
        return 403;
    *why = "Pages of this origin may not use the app";
    if (!origin_is_allowed(call))
        return 403;
    *why = "The app is over its quota of requests";
    return is_too_fast(call->app) ? 403 : 0;
}

static void run(const struct carillon_http_request *request, const struct row *row, size_t prefix_len)
{
    struct api_call *call = malloc(sizeof *call);
    const char *why;
    if (!call) {
        api_refuse(request->handle, 500, "The server is short of memory");
        return;
    }
    call->request = request;
    call->app = pusher.host->app_find(CARILLON_APP_BY_ID, request->captures[0].value);
    unsigned status = 400;
    why = "The query cannot be read";
    if (params_parse(&call->params, request->query))
        status = judge(call, prefix_len, &why);
    if (status)
        api_refuse(request->handle, status, why);
    else
        row->run(call);
    params_free(&call->params);
    free(call);
}

/* ---- routes ---- */

static struct carillon_http_route routes[ROW_COUNT * 2];
static char patterns[ROW_COUNT * 2][PATTERN_MAX];
static size_t prefix_size;

static void handle(const struct carillon_http_request *request, void *user)
{
    size_t i = (size_t)(uintptr_t)user;
    run(request, &rows[i % ROW_COUNT], i >= ROW_COUNT ? prefix_size : 0);
}

static enum carillon_result add(size_t i, const char *prefix)
{
    const struct row *row = &rows[i % ROW_COUNT];
    snprintf(patterns[i], sizeof patterns[i], "%s%s", prefix, row->path);
    routes[i] = (struct carillon_http_route){ .size = sizeof routes[i],
                                              .method = row->method,
                                              .pattern = patterns[i],
                                              .body_max = API_BODY_MAX,
                                              .handle = handle,
                                              .user = (void *)(uintptr_t)i };
    return pusher.host->route_add(pusher.self, &routes[i]);
}

enum carillon_result api_add(const char *prefix)
{
    enum carillon_result result = CARILLON_OK;
    prefix_size = strlen(prefix);
    for (size_t i = 0; i < ROW_COUNT && result == CARILLON_OK; i++) {
        result = add(i, "");
        if (result == CARILLON_OK && prefix[0])
            result = add(ROW_COUNT + i, prefix);
    }
    return result;
}
