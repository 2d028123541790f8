#include "api.h"
#include "fallback.h"

#include <stdio.h>
#include <string.h>

enum { PATTERN_MAX = 300, SEND_MAX = 256 * 1024, NAME_MAX_LEN = 64, PLACES = 3 };

/* pusher-js makes both parts of the name: a number below 1000 and eight letters and digits. */
static bool is_name(struct carillon_str text)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    return text.len && text.len <= NAME_MAX_LEN && strspn(text.ptr, plain) == text.len;
}

static bool has_names(const struct carillon_http_request *request)
{
    return request->capture_count == 3 && is_name(request->captures[1].value) && is_name(request->captures[2].value);
}

static void send_home(enum visit_kind kind, const struct carillon_http_request *request, const struct arrival *arrival,
                      json_t *frames)
{
    struct visit *visit = visit_new(kind, request, arrival, frames);
    if (visit) {
        visit_go_home(visit);
        return;
    }
    json_decref(frames);
    api_refuse(request->handle, 500, "The server is short of memory");
}

static void take_send(const struct carillon_http_request *request, void *user)
{
    (void)user;
    const struct arrival arrival = client_judge(request);
    if (!has_names(request) || !arrival.app) {
        api_refuse(request->handle, 404, "No such session");
        return;
    }
    if (!arrival.origin_allowed) {
        api_refuse(request->handle, 403, "The page's origin may not use the app");
        return;
    }
    json_t *frames = frames_parse(request->body);
    if (frames)
        send_home(VISIT_SEND, request, &arrival, frames);
    else
        api_refuse(request->handle, 400, "The body must be a JSON array of strings");
}

static void take_visit(enum visit_kind kind, const struct carillon_http_request *request)
{
    const struct arrival arrival = client_judge(request);
    if (has_names(request))
        send_home(kind, request, &arrival, NULL);
    else
        api_refuse(request->handle, 404, "No such session");
}

static void take_poll(const struct carillon_http_request *request, void *user)
{
    (void)user;
    take_visit(VISIT_POLL, request);
}

static void take_stream(const struct carillon_http_request *request, void *user)
{
    (void)user;
    take_visit(VISIT_STREAM, request);
}

/* ---- registering ---- */

static const struct {
    const char *path;
    void (*handle)(const struct carillon_http_request *request, void *user);
    size_t body_max;
} table[] = {
    { "/app/{key}/{number}/{name}/xhr_send", take_send, SEND_MAX },
    { "/app/{key}/{number}/{name}/xhr", take_poll, SEND_MAX },
    { "/app/{key}/{number}/{name}/xhr_streaming", take_stream, SEND_MAX },
};
enum { ROUTES = sizeof table / sizeof table[0] };

static struct carillon_http_route routes[PLACES * ROUTES];
static char patterns[PLACES * ROUTES][PATTERN_MAX];

static enum carillon_result add(size_t place, const char *prefix, const char *below)
{
    enum carillon_result result = CARILLON_OK;
    for (size_t i = 0; result == CARILLON_OK && i < ROUTES; i++) {
        size_t at = place * ROUTES + i;
        snprintf(patterns[at], sizeof patterns[at], "%s%s%s", prefix, below, table[i].path);
        routes[at] = (struct carillon_http_route){ .size = sizeof routes[at],
                                                   .method = "POST",
                                                   .pattern = patterns[at],
                                                   .body_max = table[i].body_max,
                                                   .handle = table[i].handle };
        result = pusher.host->route_add(pusher.self, &routes[at]);
    }
    return result;
}

static void begin_drain(void *user)
{
    (void)user;
}

static size_t count_left(void *user)
{
    (void)user;
    return visits_count_posts();
}

static const struct carillon_drain drain = { .size = sizeof drain, .begin = begin_drain, .left = count_left };

enum carillon_result fallback_add(const char *prefix)
{
    enum carillon_result result = fallback_open();
    if (result == CARILLON_OK)
        result = pusher.host->drain_add(pusher.self, &drain);
    if (result == CARILLON_OK)
        result = add(0, "", "/pusher");
    if (result == CARILLON_OK && prefix[0])
        result = add(1, prefix, "/pusher");
    if (result == CARILLON_OK && prefix[0] && strcmp(prefix, "/pusher") != 0)
        result = add(2, prefix, "");
    return result;
}
