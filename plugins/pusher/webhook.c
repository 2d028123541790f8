#include "webhook.h"
#include "outboxes.h"
#include "outgoing.h"
#include "signature.h"
#include "socket_id.h"

#include <string.h>

static const char *const names[] = {
#define CARILLON_X(name, text) [CARILLON_HAPPENING_##name] = (text),
    CARILLON_HAPPENINGS(CARILLON_X)
#undef CARILLON_X
};

/* ---- who wants it ---- */

static bool is_listed(const struct carillon_webhook *webhook, enum carillon_happening_kind kind)
{
    for (size_t i = 0; i < webhook->event_count; i++)
        if (strcmp(webhook->events[i].ptr, names[kind]) == 0)
            return true;
    return !webhook->event_count && kind != CARILLON_HAPPENING_EVENT;
}

static bool wants(const struct carillon_webhook *webhook, const struct carillon_happening *what)
{
    struct carillon_str prefix = webhook->prefix, suffix = webhook->suffix, channel = what->channel;
    return is_listed(webhook, what->kind) && channel.len >= prefix.len && channel.len >= suffix.len &&
           memcmp(channel.ptr, prefix.ptr, prefix.len) == 0 &&
           memcmp(channel.ptr + channel.len - suffix.len, suffix.ptr, suffix.len) == 0;
}

unsigned webhook_wanted(const struct carillon_app *app)
{
    unsigned bits = 0;
    for (size_t i = 0; webhook_kind.place(app, i).url.ptr; i++)
        for (unsigned kind = 0; kind < CARILLON_HAPPENING_COUNT; kind++)
            if (is_listed(&app->webhooks[i], (enum carillon_happening_kind)kind))
                bits |= 1u << kind;
    return bits;
}

/* ---- one event ---- */

static void put_member(struct text *json, const char *name, struct carillon_str value)
{
    text_put_cstr(json, ",\"");
    text_put_cstr(json, name);
    text_put_cstr(json, "\":");
    text_put_json_str(json, value);
}

/* Pusher wants text: a string is told as it is, all else as the string of its JSON. */
static void put_data(struct text *json, struct carillon_str data)
{
    text_put_cstr(json, ",\"data\":");
    if (data.len && data.ptr[0] == '"')
        text_put_json(json, data);
    else
        text_put_json_str(json, data);
}

static void put_event(struct text *json, const struct carillon_happening *what)
{
    text_put_cstr(json, "{\"name\":\"");
    text_put_cstr(json, names[what->kind]);
    text_put_cstr(json, "\"");
    put_member(json, "channel", what->channel);
    if (what->kind == CARILLON_HAPPENING_SUBSCRIPTION_COUNT) {
        text_put_cstr(json, ",\"subscription_count\":");
        text_put_uint(json, what->count);
    }
    if (what->kind == CARILLON_HAPPENING_CLIENT_EVENT) {
        char socket_id[SOCKET_ID_SIZE];
        put_member(json, "event", what->event);
        put_data(json, what->data);
        socket_id_make(what->session, socket_id);
        put_member(json, "socket_id", (struct carillon_str){ socket_id, strlen(socket_id) });
    }
    if (what->user.len)
        put_member(json, "user_id", what->user);
    text_put_cstr(json, "}");
}

void webhook_tell(const struct carillon_happening *what)
{
    const struct carillon_app *app = pusher.host->app_find(CARILLON_APP_BY_NAME, what->app);
    struct text json = { 0 };
    for (size_t i = 0; app && webhook_kind.place(app, i).url.ptr; i++) {
        if (!wants(&app->webhooks[i], what))
            continue;
        struct outbox *box = outboxes_get(&webhook_kind, app, i);
        if (!json.len)
            put_event(&json, what);
        if (box && !json.failed)
            outbox_put(box, text_str(&json));
        else
            pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "app %s: no memory for a webhook", app->name.ptr);
    }
    text_free(&json);
}

void webhook_happened(const struct carillon_happening *what)
{
    struct outgoing_worker *worker = outgoing_worker();
    bool told = false; /* or will be, or need not be */
    if (!worker)
        return;
    switch (what->kind) {
    case CARILLON_HAPPENING_VACATED:
    case CARILLON_HAPPENING_MEMBER_REMOVED:
        told = !worker->draining && webhook_hold_leaving(&worker->holds, what);
        break;
    case CARILLON_HAPPENING_OCCUPIED:
    case CARILLON_HAPPENING_MEMBER_ADDED:
        told = webhook_hold_is_return(&worker->holds, what);
        break;
    case CARILLON_HAPPENING_CACHE_MISS:
        told = webhook_hold_is_repeated(&worker->holds, what);
        break;
    case CARILLON_HAPPENING_CLIENT_EVENT:
        told = what->foreign; /* the service where it was sent tells of it */
        break;
    default:
        break;
    }
    if (!told)
        webhook_tell(what);
}

/* ---- a batch ---- */

static struct outbox_place webhook_place(const struct carillon_app *app, size_t i)
{
    bool sends = app->enabled && app->key.ptr && i < app->webhook_count;
    return (struct outbox_place){ .url = sends ? app->webhooks[i].url : (struct carillon_str){ 0 } };
}

static size_t webhook_batch_max(void)
{
    return (size_t)outgoing_batch();
}

static void webhook_write(const struct outbox *box, const struct carillon_app *app, size_t i,
                          struct outbox_request *request)
{
    const struct carillon_webhook *webhook = &app->webhooks[i];
    text_put(&request->url, webhook->url.ptr, webhook->url.len);
    text_put_cstr(&request->body, "{\"time_ms\":");
    text_put_int(&request->body, box->batch_ms);
    text_put_cstr(&request->body, ",\"events\":[");
    outbox_write_batch(box, &request->body);
    text_put_cstr(&request->body, "]}");
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { text_str(&request->body) };
    request->failed = !parts[0].ptr || !signature_make(app->secret, parts, request->signature);
    request->headers[0] = (struct carillon_http_param){ CARILLON_STR("Content-Type"),
                                                        CARILLON_STR("application/json") };
    request->headers[1] = (struct carillon_http_param){ CARILLON_STR("X-Pusher-Key"), app->key };
    request->headers[2] = (struct carillon_http_param){ CARILLON_STR("X-Pusher-Signature"),
                                                        { request->signature, strlen(request->signature) } };
    request->header_count = 3;
    request->allow = webhook->allow;
    request->allow_count = webhook->allow_count;
}

struct outbox_kind webhook_kind = {
    .name = "webhook", .place = webhook_place, .batch_max = webhook_batch_max, .write = webhook_write
};
