#include "frames_out.h"
#include "channel_name.h"

#include <string.h>

/* The punctuation, names and numbers of an event, without its strings and data. */
enum { EVENT_FIXED_SIZE = 256 };
/* ... of a member; what is embedded is escaped twice, and a byte takes at most six the first time. */
enum { MEMBER_FIXED_SIZE = 48, ESCAPED_TWICE = 12 };

static const char client_prefix[] = "client-";
static const char server_actor[] = "server";

static void put_string(struct text *text, const char *string)
{
    text_put_json_str(text, (struct carillon_str){ string, strlen(string) });
}

static bool begins_with(struct carillon_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static void begin(struct text *text, const char *event, struct carillon_str channel)
{
    text_put_cstr(text, "{\"event\":\"");
    text_put_cstr(text, event);
    text_put_cstr(text, "\"");
    if (channel.ptr) {
        text_put_cstr(text, ",\"channel\":");
        text_put_json_str(text, channel);
    }
    text_put_cstr(text, ",\"data\":");
}

static void end(struct text *text)
{
    text_put(text, "}", 1);
}

/* JSON inside a string, as the protocol wants most data. */
static void put_embedded(struct text *text, struct text *inner)
{
    struct carillon_str json = text_str(inner);
    if (json.ptr)
        text_put_json_str(text, json);
    else
        text->failed = true;
    text_free(inner);
}

void frame_put_established(struct text *text, const char *socket_id, uint64_t activity_timeout)
{
    struct text data = { 0 };
    text_put_cstr(&data, "{\"socket_id\":");
    put_string(&data, socket_id);
    text_put_cstr(&data, ",\"activity_timeout\":");
    text_put_uint(&data, activity_timeout);
    text_put_cstr(&data, "}");
    begin(text, "pusher:connection_established", (struct carillon_str){ 0 });
    put_embedded(text, &data);
    end(text);
}

void frame_put_error(struct text *text, unsigned code, const char *message)
{
    begin(text, "pusher:error", (struct carillon_str){ 0 });
    text_put_cstr(text, "{\"code\":");
    if (code)
        text_put_uint(text, code);
    else
        text_put_cstr(text, "null");
    text_put_cstr(text, ",\"message\":");
    put_string(text, message);
    text_put_cstr(text, "}");
    end(text);
}

void frame_put_subscription_error(struct text *text, struct carillon_str channel, unsigned status, const char *message)
{
    begin(text, "pusher:subscription_error", channel);
    text_put_cstr(text, "{\"type\":\"AuthError\",\"error\":");
    put_string(text, message);
    text_put_cstr(text, ",\"status\":");
    text_put_uint(text, status);
    text_put_cstr(text, "}");
    end(text);
}

static void put_empty(struct text *text, const char *event, struct carillon_str channel)
{
    begin(text, event, channel);
    text_put_cstr(text, "\"{}\"");
    end(text);
}

void frame_put_ping(struct text *text)
{
    put_empty(text, "pusher:ping", (struct carillon_str){ 0 });
}

void frame_put_pong(struct text *text)
{
    put_empty(text, "pusher:pong", (struct carillon_str){ 0 });
}

void frame_put_cache_miss(struct text *text, struct carillon_str channel)
{
    put_empty(text, "pusher:cache_miss", channel);
}

void frame_put_subscribed(struct text *text, struct carillon_str channel)
{
    put_empty(text, "pusher_internal:subscription_succeeded", channel);
}

void frame_put_subscribed_begin(struct text *text, struct carillon_str channel, size_t count)
{
    begin(text, "pusher_internal:subscription_succeeded", channel);
    text_put_cstr(text, "\"{\\\"presence\\\":{\\\"count\\\":");
    text_put_uint(text, count);
    text_put_cstr(text, ",\\\"ids\\\":[");
}

void frame_put_subscribed_middle(struct text *text)
{
    text_put_cstr(text, "],\\\"hash\\\":{");
}

void frame_put_subscribed_end(struct text *text)
{
    text_put_cstr(text, "}}}\"");
    end(text);
}

/* Who came over another transport tells no more of itself than its name. */
static void put_info(struct text *text, const struct carillon_user *user, struct carillon_str info)
{
    bool named = user->name.len != user->id.len || memcmp(user->name.ptr, user->id.ptr, user->id.len) != 0;
    if (info.ptr || !named) {
        text_put_json(text, info);
        return;
    }
    text_put_cstr(text, "{\"name\":");
    text_put_json_str(text, user->name);
    text_put_cstr(text, "}");
}

size_t frame_members_size(const struct carillon_members *members)
{
    size_t strings = 0;
    for (size_t i = 0; i < members->count; i++)
        strings += members->users[i].id.len + members->users[i].name.len + members->infos[i].len;
    return MEMBER_FIXED_SIZE * members->count + ESCAPED_TWICE * strings;
}

/* As a piece of the string in which they stand. */
bool frame_put_members(struct text *text, const struct carillon_members *members, enum frame_list list)
{
    struct text inner = { 0 };
    for (size_t i = 0; i < members->count; i++) {
        text_put(&inner, ",", i > 0 || !members->first);
        text_put_json_str(&inner, members->users[i].id);
        if (list == FRAME_LIST_IDS)
            continue;
        text_put_cstr(&inner, ":");
        put_info(&inner, &members->users[i], members->infos[i]);
    }
    text_put_json_inside(text, text_str(&inner));
    bool written = !inner.failed && !text->failed;
    text_free(&inner);
    return written;
}

void frame_put_signed_in(struct text *text, struct carillon_str user_data)
{
    struct text data = { 0 };
    text_put_cstr(&data, "{\"user_data\":");
    text_put_json_str(&data, user_data);
    text_put_cstr(&data, "}");
    begin(text, "pusher:signin_success", (struct carillon_str){ 0 });
    put_embedded(text, &data);
    end(text);
}

static void put_watched(struct text *text, const char *name, const struct carillon_str *users, size_t n)
{
    text_put_cstr(text, "{\"name\":");
    put_string(text, name);
    text_put_cstr(text, ",\"user_ids\":[");
    for (size_t i = 0; i < n; i++) {
        text_put(text, ",", i > 0);
        text_put_json_str(text, users[i]);
    }
    text_put_cstr(text, "]}");
}

void frame_put_watchlist(struct text *text, const struct carillon_str *online, size_t online_count,
                         const struct carillon_str *offline, size_t offline_count)
{
    struct text data = { 0 };
    text_put_cstr(&data, "{\"events\":[");
    if (online_count)
        put_watched(&data, "online", online, online_count);
    if (online_count && offline_count)
        text_put(&data, ",", 1);
    if (offline_count)
        put_watched(&data, "offline", offline, offline_count);
    text_put_cstr(&data, "]}");
    begin(text, "pusher_internal:watchlist_events", (struct carillon_str){ 0 });
    put_embedded(text, &data);
    end(text);
}

/* ---- events of channels ---- */

size_t frame_event_size(const struct carillon_event *event)
{
    size_t strings = event->channel.len + event->name.len + event->routed.len + event->data.len + event->actor.id.len +
                     event->info.len;
    return EVENT_FIXED_SIZE + ESCAPED_TWICE * strings;
}

static bool is_member_event(const struct carillon_event *event)
{
    bool presence = event->type == CARILLON_EVENT_PRESENCE_JOINED || event->type == CARILLON_EVENT_PRESENCE_LEFT;
    return presence && begins_with(event->channel, "presence-");
}

static void put_member_event(struct text *text, const struct carillon_event *event)
{
    bool joined = event->type == CARILLON_EVENT_PRESENCE_JOINED;
    struct text data = { 0 };
    text_put_cstr(&data, "{\"user_id\":");
    text_put_json_str(&data, event->actor.id);
    if (joined) {
        text_put_cstr(&data, ",\"user_info\":");
        text_put_json(&data, event->info);
    }
    text_put_cstr(&data, "}");
    begin(text, joined ? "pusher_internal:member_added" : "pusher_internal:member_removed", event->channel);
    put_embedded(text, &data);
    end(text);
}

static void put_count_event(struct text *text, const struct carillon_event *event)
{
    begin(text, "pusher_internal:subscription_count", event->channel);
    text_put_cstr(text, "\"{\\\"subscription_count\\\":");
    text_put_uint(text, event->count);
    text_put_cstr(text, "}\"");
    end(text);
}

/* A server may trigger what is named so, too; then its data is told like any other. */
static bool is_client_event(const struct carillon_event *event)
{
    bool server = event->actor.id.len == sizeof server_actor - 1 &&
                  memcmp(event->actor.id.ptr, server_actor, event->actor.id.len) == 0;
    return event->type == CARILLON_EVENT_EVENT && begins_with(event->name, client_prefix) && (event->origin || !server);
}

/* A person's own channel has another name here than in the rest of the daemon. */
static void put_channel(struct text *text, const struct carillon_event *event)
{
    static const char personal[] = "#user-";
    const size_t len = sizeof personal - 1;
    if (!begins_with(event->routed, personal)) {
        text_put_json_str(text, event->channel);
        return;
    }
    text_put_cstr(text, "\"" SERVER_TO_USER);
    text_put(text, event->routed.ptr + len, event->routed.len - len); /* user ids need no escaping */
    text_put(text, "\"", 1);
}

/* A string is told as it is, all else as the string of its JSON: what a server triggered comes out as it went in. */
static void put_data(struct text *text, const struct carillon_event *event)
{
    if (is_client_event(event) || (event->data.len && event->data.ptr[0] == '"'))
        text_put_json(text, event->data);
    else
        text_put_json_str(text, event->data);
}

void frame_put_event(struct text *text, const struct carillon_event *event)
{
    if (is_member_event(event)) {
        put_member_event(text, event);
        return;
    }
    if (event->type == CARILLON_EVENT_SUBSCRIBERS) {
        put_count_event(text, event);
        return;
    }
    text_put_cstr(text, "{\"event\":");
    text_put_json_str(text, event->name);
    text_put_cstr(text, ",\"channel\":");
    put_channel(text, event);
    text_put_cstr(text, ",\"data\":");
    put_data(text, event);
    if (is_client_event(event) && begins_with(event->channel, "presence-")) {
        text_put_cstr(text, ",\"user_id\":");
        text_put_json_str(text, event->actor.id);
    }
    end(text);
}
