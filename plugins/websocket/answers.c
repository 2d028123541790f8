#include "client.h"

/* Each request is answered once, and its record ends with that. True: it failed, and the client was told. */
static bool settle_failure(struct client *client, struct pending *pending, const struct carillon_failure *failure)
{
    if (!failure)
        return false;
    client_send_error(client, pending->id, failure);
    pending_remove(client, pending);
    return true;
}

static void settle(struct client *client, struct pending *pending, struct text *frame)
{
    client_send(client, frame);
    pending_remove(client, pending);
}

static struct pending *pending_of(uint64_t cookie)
{
    return (struct pending *)(uintptr_t)cookie;
}

static void signed_in(carillon_handle session, void *state, uint64_t cookie, const struct carillon_identity *identity,
                      const struct carillon_failure *failure)
{
    struct client *client = state;
    struct pending *pending = pending_of(cookie);
    if (settle_failure(client, pending, failure))
        return;
    struct text frame = { 0 };
    client->signed_in = true;
    if (pending->type == REQUEST_TYPE_CONNECT)
        frame_put_connected(&frame, pending->id, session, identity, true);
    else
        frame_put_refreshed(&frame, pending->id, identity);
    settle(client, pending, &frame);
}

static void subscribed(carillon_handle session, void *state, uint64_t cookie, const struct carillon_subscribed *what,
                       const struct carillon_failure *failure)
{
    (void)session;
    struct client *client = state;
    struct pending *pending = pending_of(cookie);
    if (settle_failure(client, pending, failure))
        return;
    struct text frame = { 0 };
    frame_put_subscribed(&frame, pending->id, what);
    settle(client, pending, &frame);
}

static void published(carillon_handle session, void *state, uint64_t cookie, const struct carillon_published *what,
                      const struct carillon_failure *failure)
{
    (void)session;
    struct client *client = state;
    struct pending *pending = pending_of(cookie);
    if (settle_failure(client, pending, failure))
        return;
    struct carillon_published result = *what;
    if (!result.channel.ptr) /* not rerouted */
        result.channel = pending->channel;
    struct text frame = { 0 };
    frame_put_published(&frame, pending->id, &result);
    settle(client, pending, &frame);
}

static void answered(carillon_handle session, void *state, uint64_t cookie, struct carillon_str json,
                     const struct carillon_failure *failure)
{
    (void)session;
    struct client *client = state;
    struct pending *pending = pending_of(cookie);
    if (settle_failure(client, pending, failure))
        return;
    struct text frame = { 0 };
    frame_put_answer(&frame, pending->type == REQUEST_TYPE_READ ? "read" : "presence", pending->id, json);
    settle(client, pending, &frame);
}

static void unsubscribed(carillon_handle session, void *state, struct carillon_str channel,
                         const struct carillon_failure *failure)
{
    (void)session;
    struct text frame = { 0 };
    frame_put_unsubscribed(&frame, (struct carillon_str){ 0 }, channel, failure);
    client_send(state, &frame);
}

static void closing(carillon_handle session, void *state, const struct carillon_failure *failure,
                    int64_t reconnect_after_ms)
{
    (void)session;
    struct client *client = state;
    struct text frame = { 0 };
    client->closing = true;
    frame_put_closing(&frame, failure, reconnect_after_ms);
    client_send(client, &frame);
}

const struct carillon_session_ops client_session_ops = {
    .size = sizeof client_session_ops,
    .signed_in = signed_in,
    .subscribed = subscribed,
    .published = published,
    .answered = answered,
    .unsubscribed = unsubscribed,
    .closing = closing,
};
