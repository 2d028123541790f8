/*
 * Asks other servers on behalf of a test. POST /fetch with
 *
 *   {method, url, headers: {}, body, connect_ms, total_ms, headers_max, body_max, redirects, allow: [], cancel_ms, hold}
 *
 * answers {refused} when the host refuses it, {cancelled: true} when it was cancelled by cancel_ms, and else what came:
 * {outcome, detail, status, headers: [[name, value]], body, took_ms}. With "hold" the answer comes at once, and what became
 * of the fetch is logged, as what is outstanding when the plugin is unloaded.
 */
#include <carillon/plugin.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 16, ANSWER_BODY_MAX = 256 };

static const struct carillon_host *host;
static struct carillon_plugin_self *self;

struct job {
    carillon_handle request, fetch, timer;
    bool held;
};

static const char *const outcome_words[] = {
#define CARILLON_X(name, word, text) word,
    CARILLON_FETCH_OUTCOMES(CARILLON_X)
#undef CARILLON_X
};

static void answer(carillon_handle request, json_t *json)
{
    const struct carillon_http_param type = { CARILLON_STR("content-type"), CARILLON_STR("application/json") };
    char *text = json_dumps(json, JSON_COMPACT);
    host->http_respond(request, 200, &type, 1, (struct carillon_str){ text, strlen(text) });
    free(text);
    json_decref(json);
}

static void fetched_come(const struct carillon_fetched *fetched, void *arg)
{
    struct job *job = arg;
    const char *outcome = outcome_words[fetched->outcome];
    host->timer_stop(job->timer);
    if (job->held) {
        host->log(self, CARILLON_LOG_NOTICE, "the fetch ended: %s", outcome);
        free(job);
        return;
    }
    size_t shown = fetched->body.len < ANSWER_BODY_MAX ? fetched->body.len : ANSWER_BODY_MAX;
    json_t *headers = json_array();
    for (size_t i = 0; i < fetched->header_count; i++)
        json_array_append_new(headers, json_pack("[ss]", fetched->headers[i].name.ptr, fetched->headers[i].value.ptr));
    answer(job->request, json_pack("{ss, ss, si, so, ss%, sI, sI}", "outcome", outcome, "detail",
                                   fetched->detail.ptr ? fetched->detail.ptr : "", "status", (int)fetched->status,
                                   "headers", headers, "body", fetched->body.ptr ? fetched->body.ptr : "", shown,
                                   "length", (json_int_t)fetched->body.len, "took_ms", (json_int_t)fetched->took_ms));
    free(job);
}

static void cancel(void *arg)
{
    struct job *job = arg;
    bool cancelled = host->http_cancel(job->fetch) == CARILLON_OK;
    answer(job->request,
           json_pack("{sb, sb}", "cancelled", cancelled, "again", host->http_cancel(job->fetch) == CARILLON_OK));
    free(job);
}

static struct carillon_str str_of(const json_t *json)
{
    return (struct carillon_str){ json_string_value(json), json_string_length(json) };
}

static int64_t number_of(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static enum carillon_result start(struct job *job, json_t *json)
{
    struct carillon_http_param headers[LIST_MAX];
    struct carillon_str allow[LIST_MAX];
    struct carillon_fetch fetch = {
        .size = sizeof fetch,
        .method = str_of(json_object_get(json, "method")),
        .url = str_of(json_object_get(json, "url")),
        .headers = headers,
        .body = str_of(json_object_get(json, "body")),
        .connect_ms = number_of(json, "connect_ms"),
        .total_ms = number_of(json, "total_ms"),
        .headers_max = (size_t)number_of(json, "headers_max"),
        .body_max = (size_t)number_of(json, "body_max"),
        .redirects = (unsigned)number_of(json, "redirects"),
        .allow = allow,
    };
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(json, "headers"), name, value) if (fetch.header_count < LIST_MAX)
        headers[fetch.header_count++] = (struct carillon_http_param){ { name, strlen(name) }, str_of(value) };
    json_t *networks = json_object_get(json, "allow");
    for (; fetch.allow_count < json_array_size(networks) && fetch.allow_count < LIST_MAX; fetch.allow_count++)
        allow[fetch.allow_count] = str_of(json_array_get(networks, fetch.allow_count));
    return host->http_fetch(self, &fetch, fetched_come, job, &job->fetch);
}

static void fetch_wanted(const struct carillon_http_request *request, void *user)
{
    json_t *json = json_loadb(request->body.ptr, request->body.len, 0, NULL);
    struct job *job = calloc(1, sizeof *job);
    (void)user;
    job->request = request->handle;
    job->held = json_is_true(json_object_get(json, "hold"));
    enum carillon_result result = start(job, json);
    int64_t cancel_ms = number_of(json, "cancel_ms");
    json_decref(json);
    if (result != CARILLON_OK) {
        answer(request->handle, json_pack("{si}", "refused", (int)result));
        free(job);
    } else if (cancel_ms) {
        host->timer_start(self, cancel_ms, cancel, job, &job->timer);
    } else if (job->held) {
        answer(request->handle, json_pack("{sb}", "held", 1));
    }
}

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *plugin, char *error)
{
    static const struct carillon_http_route route = {
        .size = sizeof route, .method = "POST", .pattern = "/fetch", .body_max = 100000, .handle = fetch_wanted
    };
    (void)error;
    host = table;
    self = plugin;
    return host->route_add(self, &route);
}

CARILLON_PLUGIN("fetcher", "1", .init = init);
