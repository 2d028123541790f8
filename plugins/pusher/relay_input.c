/*
 * The other service's webhooks: POST /apps/{id}/relay. Signed with the relay's secret there; what clients said to each other
 * on the relay's channels is published here as foreign, all else is only acknowledged.
 */
#include "api.h"
#include "api_auth.h"
#include "api_replays.h"
#include "event_input.h"
#include "relay.h"
#include "scan.h"
#include "signature.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN_MAX = 300, DEPTH_MAX = 64 };

/* One webhook's events, until all are published: the service sends its next one only after the answer. */
struct input {
    carillon_handle request;
    size_t left;
    bool failed;
    char signature[SIGNATURE_SIZE];
};

static void input_end(struct input *input)
{
    if (--input->left)
        return;
    if (input->failed) { /* to be sent again */
        replays_forget((struct carillon_str){ input->signature, SIGNATURE_SIZE - 1 });
        api_refuse(input->request, 503, "A channel did not take an event");
    } else {
        api_reply_empty(input->request);
    }
    free(input);
}

static void input_published(void *arg, const struct carillon_published *what, const struct carillon_failure *failure)
{
    struct input *input = arg;
    (void)what;
    input->failed |= failure && failure->retry;
    input_end(input);
}

/* ---- one event ---- */

static struct carillon_str string_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

static bool is_client_event(const json_t *event, struct carillon_str name)
{
    struct carillon_str kind = string_of(event, "name");
    return kind.ptr && strcmp(kind.ptr, "client_event") == 0 && name.ptr && strncmp(name.ptr, "client-", 7) == 0;
}

static bool is_wanted(const struct carillon_app *app, const struct carillon_relay *relay, const json_t *event,
                      const struct carillon_publish *publish, struct carillon_str data)
{
    struct channel_name channel = channel_name_parse(publish->channel);
    return is_client_event(event, publish->event) && data.ptr && channel.valid && channel.authorise &&
           !channel.encrypted && relay_has_channel(relay, publish->channel) &&
           publish->event.len <= (size_t)app->limits.event_name && data.len <= (size_t)app->limits.event_data;
}

/* On a presence channel it comes from somebody, whose id is told there. */
static struct carillon_user author_of(const json_t *event)
{
    struct carillon_str id = string_of(event, "user_id");
    struct channel_name as_name = channel_name_parse(id);
    return as_name.valid && !as_name.user.ptr ? (struct carillon_user){ id, id } : (struct carillon_user){ 0 };
}

static void publish(struct input *input, const struct carillon_app *app, const struct carillon_relay *relay,
                    const json_t *event)
{
    struct carillon_publish what = { .channel = string_of(event, "channel"),
                                     .event = string_of(event, "event"),
                                     .author = author_of(event),
                                     .client_event = true,
                                     .foreign = true };
    struct carillon_str data = string_of(event, "data");
    char *json;
    if (!is_wanted(app, relay, event, &what, data))
        return;
    if (!event_data_to_json(data, &json, &what.data.len)) {
        input->failed = true;
        return;
    }
    what.data.ptr = json;
    if (pusher.host->app_publish(app->name, &what, 0, input_published, input) == CARILLON_OK)
        input->left++;
    else
        input->failed = true;
    free(json);
}

/* ---- the request ---- */

static const struct carillon_relay *relay_of(const struct carillon_app *app, struct carillon_str key,
                                             struct carillon_str body, struct carillon_str signature)
{
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { body };
    for (size_t i = 0; app && body.ptr && i < app->relay_count; i++) {
        const struct carillon_relay *relay = &app->relays[i];
        bool same = relay->key.len == key.len && key.len && memcmp(relay->key.ptr, key.ptr, key.len) == 0;
        if (same && signature.ptr && signature_matches(relay->secret, parts, signature))
            return relay;
    }
    return NULL;
}

/* So that what somebody recorded is not good for ever. */
static bool is_timely(const json_t *tree)
{
    const json_t *time = json_object_get(tree, "time_ms");
    int64_t apart = pusher.host->now_ms() - json_integer_value(time);
    return json_is_integer(time) && apart <= AUTH_TIMESTAMP_SECONDS * INT64_C(1000) &&
           apart >= -AUTH_TIMESTAMP_SECONDS * INT64_C(1000);
}

static void take_events(const struct carillon_http_request *request, const struct carillon_app *app,
                        const struct carillon_relay *relay, const json_t *tree, struct carillon_str signature)
{
    const json_t *events = json_object_get(tree, "events");
    struct input *input = calloc(1, sizeof *input);
    if (!input) {
        api_refuse(request->handle, 503, "The server is short of memory");
        return;
    }
    input->request = request->handle;
    input->left = 1; /* until all are under way */
    memcpy(input->signature, signature.ptr, SIGNATURE_SIZE - 1);
    if (replays_note(signature, pusher.host->now_ms()) != CARILLON_EXISTS) /* else it is a retry of what was taken */
        for (size_t i = 0; i < json_array_size(events); i++)
            publish(input, app, relay, json_array_get(events, i));
    input_end(input);
}

static void handle(const struct carillon_http_request *request, void *user)
{
    (void)user;
    const struct carillon_host *host = pusher.host;
    const struct carillon_app *app = host->app_find(CARILLON_APP_BY_ID, request->captures[0].value);
    struct carillon_str signature = host->http_header(request->handle, "x-pusher-signature");
    const struct carillon_relay *relay = relay_of(app, host->http_header(request->handle, "x-pusher-key"),
                                                  request->body, signature);
    json_t *tree = relay && !scan_is_deeper(request->body, DEPTH_MAX)
                       ? json_loadb(request->body.ptr, request->body.len, 0, NULL)
                       : NULL;
    if (!app || !app->relay_count)
        api_refuse(request->handle, 404, "There is no such app, or it has no relay");
    else if (!app->enabled)
        api_refuse(request->handle, 403, "The app is disabled");
    else if (!relay)
        api_refuse(request->handle, 401, "Invalid signature: the body is to be signed with the relay's secret");
    else if (!json_is_array(json_object_get(tree, "events")))
        api_refuse(request->handle, 400, "The body is no webhook");
    else if (!is_timely(tree))
        api_refuse(request->handle, 401, "time_ms is missing, or more than 600 seconds from the server's time");
    else
        take_events(request, app, relay, tree, signature);
    json_decref(tree);
}

static enum carillon_result add(const char *prefix, struct carillon_http_route *route, char pattern[PATTERN_MAX])
{
    snprintf(pattern, PATTERN_MAX, "%s/apps/{id}/relay", prefix);
    *route = (struct carillon_http_route){
        .size = sizeof *route, .method = "POST", .pattern = pattern, .body_max = API_BODY_MAX, .handle = handle
    };
    return pusher.host->route_add(pusher.self, route);
}

enum carillon_result relay_input_add(const char *prefix)
{
    static struct carillon_http_route routes[2];
    static char patterns[2][PATTERN_MAX];
    enum carillon_result result = add("", &routes[0], patterns[0]);
    return result == CARILLON_OK && prefix[0] ? add(prefix, &routes[1], patterns[1]) : result;
}
