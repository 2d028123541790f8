#include "client.h"

#include <string.h>

static void told_no(struct client *client, const struct pending *pending, const struct carillon_failure *failure)
{
    struct text frame = { 0 };
    if (strcmp(failure->code, "exists") == 0) {
        client_tell_error(client, 0, "Existing subscription to channel %s", pending->channel.ptr);
        return;
    }
    client_tell_error(client, 0, "%s", failure->detail.ptr);
    frame_put_subscription_error(&frame, pending->channel, failure->status, failure->detail.ptr);
    client_send(client, &frame);
}

/* The lists are sent as the daemon keeps them for all who subscribe. */
static void tell_members(struct client *client, const struct pending *pending, const struct carillon_subscribed *what)
{
    struct text begin = { 0 }, middle = { 0 }, end = { 0 };
    frame_put_subscribed_begin(&begin, pending->channel, what->user_count);
    frame_put_subscribed_middle(&middle);
    frame_put_subscribed_end(&end);
    const struct carillon_part parts[] = { { .text = text_str(&begin) },
                                           { .roster = what->roster, .list = FRAME_LIST_IDS },
                                           { .text = text_str(&middle) },
                                           { .roster = what->roster, .list = FRAME_LIST_HASH },
                                           { .text = text_str(&end) } };
    client_send_parts(client, parts, sizeof parts / sizeof parts[0]);
    text_free(&begin);
    text_free(&middle);
    text_free(&end);
}

static void told_yes(struct client *client, const struct pending *pending, const struct carillon_subscribed *what)
{
    struct text frame = { 0 };
    if (what->roster && (pending->presence || what->user_count)) {
        tell_members(client, pending, what);
    } else {
        frame_put_subscribed(&frame, pending->channel);
        client_send(client, &frame);
    }
    if (!what->cache_missed)
        return;
    frame = (struct text){ 0 };
    frame_put_cache_miss(&frame, pending->channel);
    client_send(client, &frame);
}

static void subscribed(carillon_handle session, void *state, uint64_t cookie, const struct carillon_subscribed *what,
                       const struct carillon_failure *failure)
{
    struct client *client = state;
    struct pending *pending = (struct pending *)(uintptr_t)cookie;
    if (pending->cancelled && !failure)
        pusher.host->session_unsubscribe(session, client_host_channel(pending->channel));
    else if (!pending->cancelled && failure)
        told_no(client, pending, failure);
    else if (!pending->cancelled)
        told_yes(client, pending, what);
    pending_remove(client, pending);
}

/* Of a client event that went through nobody hears. */
static void published(carillon_handle session, void *state, uint64_t cookie, const struct carillon_published *what,
                      const struct carillon_failure *failure)
{
    (void)session, (void)cookie, (void)what;
    if (!failure)
        return;
    bool rate = strcmp(failure->code, "rate_limited") == 0;
    client_tell_error(state, rate ? PUSHER_CODE_CLIENT_EVENT_RATE : 0, "%s",
                      rate ? pusher_code_message(PUSHER_CODE_CLIENT_EVENT_RATE) : failure->detail.ptr);
}

/* The protocol has no word for it: the page learns that the channel's subscription failed. */
static void unsubscribed(carillon_handle session, void *state, struct carillon_str channel,
                         const struct carillon_failure *failure)
{
    (void)session;
    struct text frame = { 0 };
    client_tell_error(state, 0, "%s", failure->detail.ptr);
    frame_put_subscription_error(&frame, channel, failure->status, failure->detail.ptr);
    client_send(state, &frame);
}

/* Pages that ask for a place get none, tokens are not used: these never come. */
static void signed_in(carillon_handle session, void *state, uint64_t cookie, const struct carillon_identity *identity,
                      const struct carillon_failure *failure)
{
    (void)session, (void)state, (void)cookie, (void)identity, (void)failure;
}

static void answered(carillon_handle session, void *state, uint64_t cookie, struct carillon_str json,
                     const struct carillon_failure *failure)
{
    (void)session, (void)state, (void)cookie, (void)json, (void)failure;
}

static void watched(carillon_handle session, void *state, const struct carillon_str *users, size_t n, bool online)
{
    (void)session;
    for (size_t i = 0; i < n; i++)
        client_watched(state, users[i], online);
}

static enum pusher_code code_of(const struct carillon_failure *failure)
{
    static const struct {
        const char *code;
        enum pusher_code closes;
    } table[] = {
        { "slow_consumer", PUSHER_CODE_OVER_CAPACITY }, { "idle_timeout", PUSHER_CODE_NO_PONG },
        { "shutting_down", PUSHER_CODE_RECONNECT },     { "token_revoked", PUSHER_CODE_UNAUTHORISED },
        { "disconnected", PUSHER_CODE_UNAUTHORISED },   { "unknown_app", PUSHER_CODE_NO_SUCH_APP },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].code, failure->code) == 0)
            return table[i].closes;
    return PUSHER_CODE_NONE;
}

/* What is in no table is a hook's, which keeps somebody out. */
static unsigned close_code(const struct carillon_failure *failure)
{
    enum pusher_code code = code_of(failure);
    if (code != PUSHER_CODE_NONE)
        return (unsigned)code;
    return failure->retry ? PUSHER_CODE_OVER_CAPACITY : PUSHER_CODE_UNAUTHORISED;
}

/* A hook has a text for people, which a close frame has not. */
static void closing(carillon_handle session, void *state, const struct carillon_failure *failure,
                    int64_t reconnect_after_ms)
{
    (void)session, (void)reconnect_after_ms;
    struct client *client = state;
    client->closing = true;
    if (code_of(failure) == PUSHER_CODE_NONE || client_is_old(client))
        client_tell_error(client, close_code(failure), "%s", failure->detail.ptr);
}

static void opened(carillon_handle session, void *state)
{
    (void)session;
    client_greet(state);
}

const struct carillon_session_ops client_session_ops = {
    .size = sizeof client_session_ops,
    .signed_in = signed_in,
    .subscribed = subscribed,
    .published = published,
    .answered = answered,
    .unsubscribed = unsubscribed,
    .closing = closing,
    .close_code = close_code,
    .watched = watched,
    .opened = opened,
};
