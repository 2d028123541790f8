#include "frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The punctuation, names and numbers of an event, without its strings and data. */
enum { EVENT_FIXED_SIZE = 192 };

/* Names and the type words are our own and need no escaping. */
static void begin(struct text *text, const char *type, struct carillon_str id)
{
    text_put_cstr(text, "{\"type\":\"");
    text_put_cstr(text, type);
    text_put(text, "\"", 1);
    if (id.ptr) {
        text_put_cstr(text, ",\"id\":");
        text_put(text, id.ptr, id.len);
    }
}

static void end(struct text *text)
{
    text_put(text, "}", 1);
}

static void put_name(struct text *text, const char *name)
{
    text_put_cstr(text, ",\"");
    text_put_cstr(text, name);
    text_put_cstr(text, "\":");
}

static void put_str(struct text *text, const char *name, struct carillon_str value)
{
    if (!value.ptr)
        return;
    put_name(text, name);
    text_put_json_str(text, value);
}

static void put_cstr(struct text *text, const char *name, const char *value)
{
    put_str(text, name, (struct carillon_str){ value, strlen(value) });
}

static void put_int(struct text *text, const char *name, int64_t value)
{
    put_name(text, name);
    text_put_int(text, value);
}

static void put_bool(struct text *text, const char *name, bool value)
{
    put_name(text, name);
    text_put_cstr(text, value ? "true" : "false");
}

static void put_user(struct text *text, const struct carillon_user *user)
{
    text_put_cstr(text, "{\"id\":");
    text_put_json_str(text, user->id);
    put_str(text, "name", user->name);
    text_put(text, "}", 1);
}

/* A place in a channel, where the channel has places. */
static void put_position(struct text *text, struct carillon_str epoch, uint64_t pos)
{
    if (!epoch.ptr)
        return;
    put_str(text, "epoch", epoch);
    put_name(text, "pos");
    text_put_uint(text, pos);
}

static void put_failure(struct text *text, const struct carillon_failure *failure)
{
    put_cstr(text, "code", failure->code);
    put_int(text, "status", failure->status);
    put_str(text, "detail", failure->detail);
}

void frame_put_connected(struct text *text, struct carillon_str id, carillon_handle session,
                         const struct carillon_identity *identity, bool ping)
{
    char name[24];
    snprintf(name, sizeof name, "%016" PRIx64, session);
    begin(text, "connected", id);
    put_cstr(text, "session", name);
    put_name(text, "user");
    put_user(text, &identity->user);
    if (identity->expires_ms)
        put_int(text, "expires_at", identity->expires_ms);
    if (ping)
        put_int(text, "ping_interval", FRAMES_PING_INTERVAL_MS);
    end(text);
}

void frame_put_refreshed(struct text *text, struct carillon_str id, const struct carillon_identity *identity)
{
    begin(text, "refreshed", id);
    if (identity->expires_ms)
        put_int(text, "expires_at", identity->expires_ms);
    end(text);
}

static const char *recovery_name(enum carillon_recovery recovery)
{
    static const char *const names[] = {
        [CARILLON_RECOVERY_NONE] = "none",
        [CARILLON_RECOVERY_RECOVERED] = "recovered",
        [CARILLON_RECOVERY_RESET] = "reset",
    };
    return names[recovery];
}

void frame_put_subscribed(struct text *text, struct carillon_str id, const struct carillon_subscribed *what)
{
    begin(text, "subscribed", id);
    put_str(text, "channel", what->channel);
    put_position(text, what->epoch, what->pos);
    put_bool(text, "stored", what->stored);
    put_cstr(text, "recovery", recovery_name(what->recovery));
    if (what->recovery == CARILLON_RECOVERY_RESET && what->reason)
        put_cstr(text, "reason", what->reason);
    if (what->users) {
        put_name(text, "users");
        for (size_t i = 0; i < what->user_count; i++) {
            text_put(text, i == 0 ? "[" : ",", 1);
            put_user(text, &what->users[i]);
        }
        text_put_cstr(text, what->user_count == 0 ? "[]" : "]");
    }
    end(text);
}

void frame_put_unsubscribed(struct text *text, struct carillon_str id, struct carillon_str channel,
                            const struct carillon_failure *why)
{
    begin(text, "unsubscribed", id);
    put_str(text, "channel", channel);
    if (why) {
        put_cstr(text, "code", why->code);
        put_str(text, "detail", why->detail);
    }
    end(text);
}

void frame_put_published(struct text *text, struct carillon_str id, const struct carillon_published *what)
{
    begin(text, "published", id);
    put_str(text, "channel", what->channel);
    if (what->pos)
        put_position(text, what->epoch, what->pos);
    if (what->message.ptr) {
        put_name(text, "message");
        text_put_json(text, what->message);
    }
    if (what->duplicate)
        put_bool(text, "duplicate", true);
    if (what->held)
        put_bool(text, "held", true);
    end(text);
}

void frame_put_answer(struct text *text, const char *type, struct carillon_str id, struct carillon_str members)
{
    begin(text, type, id);
    if (members.len > 2) { /* more than "{}" */
        text_put(text, ",", 1);
        text_put(text, members.ptr + 1, members.len - 2);
    }
    end(text);
}

void frame_put_pong(struct text *text, struct carillon_str id)
{
    begin(text, "pong", id);
    end(text);
}

void frame_put_error(struct text *text, struct carillon_str id, const struct carillon_failure *failure)
{
    begin(text, "error", id);
    put_failure(text, failure);
    put_bool(text, "retry", failure->retry);
    end(text);
}

void frame_put_closing(struct text *text, const struct carillon_failure *why, int64_t reconnect_after_ms)
{
    begin(text, "closing", (struct carillon_str){ 0 });
    put_failure(text, why);
    put_int(text, "reconnect_after", reconnect_after_ms);
    end(text);
}

size_t frame_event_size(const struct carillon_event *event)
{
    return EVENT_FIXED_SIZE + TEXT_JSON_STR_MAX(event->channel.len) + TEXT_JSON_STR_MAX(event->epoch.len) +
           TEXT_JSON_STR_MAX(event->name.len) + event->data.len;
}

void frame_put_event(struct text *text, const struct carillon_event *event)
{
    begin(text, "event", (struct carillon_str){ 0 });
    put_str(text, "channel", event->channel);
    if (event->pos)
        put_position(text, event->epoch, event->pos);
    put_str(text, "event", event->name);
    put_int(text, "at", event->at_ms);
    put_name(text, "data");
    text_put_json(text, event->data);
    end(text);
}
