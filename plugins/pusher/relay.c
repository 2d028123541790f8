#include "relay.h"
#include "channel_name.h"
#include "outboxes.h"
#include "signature.h"

#include <string.h>

enum { BATCH_MAX = 10 }; /* the hosted service takes no more */

/* ---- which events ---- */

/* '*' stands for any text; it is tried short first and made longer where the rest does not fit. */
static bool fits(struct carillon_str pattern, struct carillon_str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

bool relay_has_channel(const struct carillon_relay *relay, struct carillon_str channel)
{
    for (size_t i = 0; i < relay->channel_count; i++)
        if (fits(relay->channels[i], channel))
            return true;
    return false;
}

unsigned relay_wanted(const struct carillon_app *app)
{
    bool any = relay_kind.place(app, 0).url.ptr;
    return any ? 1u << CARILLON_HAPPENING_EVENT | 1u << CARILLON_HAPPENING_CLIENT_EVENT : 0;
}

/* What the daemon itself calls '#...' is nobody else's business. */
static bool may_leave(const struct carillon_happening *what)
{
    struct channel_name name = channel_name_parse(what->channel);
    return !what->foreign && name.valid && !name.user.ptr;
}

static void put_event(struct text *json, const struct carillon_happening *what)
{
    text_put_cstr(json, "{\"channel\":");
    text_put_json_str(json, what->channel);
    text_put_cstr(json, ",\"name\":");
    text_put_json_str(json, what->event);
    text_put_cstr(json, ",\"data\":");
    if (what->data.len && what->data.ptr[0] == '"')
        text_put_json(json, what->data);
    else
        text_put_json_str(json, what->data);
    text_put_cstr(json, "}");
}

void relay_happened(const struct carillon_app *app, const struct carillon_happening *what)
{
    struct text json = { 0 };
    for (size_t i = 0; may_leave(what) && relay_kind.place(app, i).url.ptr; i++) {
        if (!relay_has_channel(&app->relays[i], what->channel))
            continue;
        struct outbox *box = outboxes_get(&relay_kind, app, i);
        if (!json.len)
            put_event(&json, what);
        if (box && !json.failed)
            outbox_put(box, text_str(&json));
        else
            pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "app %s: no memory for a relay", app->name.ptr);
    }
    text_free(&json);
}

/* ---- a batch ---- */

static struct outbox_place relay_place(const struct carillon_app *app, size_t i)
{
    if (!app->enabled || i >= app->relay_count)
        return (struct outbox_place){ 0 };
    return (struct outbox_place){ .url = app->relays[i].url, .id = app->relays[i].id };
}

static size_t relay_batch_max(void)
{
    return BATCH_MAX;
}

/* Method, path and sorted parameters, as the service's HTTP API wants them signed. */
static bool sign(const struct carillon_relay *relay, struct carillon_str path, struct carillon_str query,
                 char signature[SIGNATURE_SIZE])
{
    struct text text = { 0 };
    text_put_cstr(&text, "POST\n");
    text_put(&text, path.ptr, path.len);
    text_put_cstr(&text, "\n");
    text_put(&text, query.ptr, query.len);
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { text_str(&text) };
    bool good = parts[0].ptr && signature_make(relay->secret, parts, signature);
    text_free(&text);
    return good;
}

static void put_query(struct text *query, const struct carillon_relay *relay, struct carillon_str body)
{
    char md5[MD5_TEXT_SIZE] = "";
    query->failed |= !md5_make(body, md5);
    text_put_cstr(query, "auth_key=");
    text_put(query, relay->key.ptr, relay->key.len);
    text_put_cstr(query, "&auth_timestamp=");
    text_put_int(query, pusher.host->now_ms() / 1000);
    text_put_cstr(query, "&auth_version=1.0&body_md5=");
    text_put_cstr(query, md5);
}

static size_t without_slashes(struct carillon_str url)
{
    size_t len = url.len;
    while (len && url.ptr[len - 1] == '/')
        len--;
    return len;
}

static void put_url(struct outbox_request *request, const struct carillon_relay *relay)
{
    struct text path = { 0 }, query = { 0 };
    text_put_cstr(&path, "/apps/");
    text_put(&path, relay->id.ptr, relay->id.len);
    text_put_cstr(&path, "/batch_events");
    put_query(&query, relay, text_str(&request->body));
    struct carillon_str path_str = text_str(&path), query_str = text_str(&query);
    request->failed = !path_str.ptr || !query_str.ptr || !sign(relay, path_str, query_str, request->signature);
    if (!request->failed) {
        text_put(&request->url, relay->url.ptr, without_slashes(relay->url));
        text_put(&request->url, path_str.ptr, path_str.len);
        text_put_cstr(&request->url, "?");
        text_put(&request->url, query_str.ptr, query_str.len);
        text_put_cstr(&request->url, "&auth_signature=");
        text_put_cstr(&request->url, request->signature);
    }
    text_free(&path);
    text_free(&query);
}

static void relay_write(const struct outbox *box, const struct carillon_app *app, size_t i,
                        struct outbox_request *request)
{
    const struct carillon_relay *relay = &app->relays[i];
    text_put_cstr(&request->body, "{\"batch\":[");
    outbox_write_batch(box, &request->body);
    text_put_cstr(&request->body, "]}");
    put_url(request, relay);
    request->headers[0] = (struct carillon_http_param){ CARILLON_STR("Content-Type"),
                                                        CARILLON_STR("application/json") };
    request->headers[1] = (struct carillon_http_param){ CARILLON_STR(RELAY_HEADER), CARILLON_STR("1") };
    request->header_count = 2;
    request->allow = relay->allow;
    request->allow_count = relay->allow_count;
}

struct outbox_kind relay_kind = {
    .name = "relay", .place = relay_place, .batch_max = relay_batch_max, .write = relay_write, .refuses_items = true
};
