#include "client.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

static struct pending *pending_add(struct client *client, struct carillon_str channel, bool presence)
{
    struct pending *pending = client->pending_count < CLIENT_PENDING_MAX ? malloc(sizeof *pending + channel.len + 1)
                                                                         : NULL;
    if (!pending)
        return NULL;
    memcpy(pending->strings, channel.ptr, channel.len + 1);
    pending->channel = (struct carillon_str){ pending->strings, channel.len };
    pending->cancelled = false;
    pending->presence = presence;
    pending->next = client->pending;
    pending->link = &client->pending;
    if (pending->next)
        pending->next->link = &pending->next;
    client->pending = pending;
    client->pending_count++;
    return pending;
}

void pending_remove(struct client *client, struct pending *pending)
{
    *pending->link = pending->next;
    if (pending->next)
        pending->next->link = pending->link;
    client->pending_count--;
    free(pending);
}

struct carillon_str client_host_channel(struct carillon_str channel)
{
    static const struct carillon_str personal = { "#user", 5 };
    return channel_name_parse(channel).user.ptr ? personal : channel;
}

static void refuse(struct client *client, struct carillon_str channel, unsigned status, const char *message)
{
    struct text frame = { 0 };
    client_tell_error(client, 0, "%s", message);
    frame_put_subscription_error(&frame, channel, status, message);
    client_send(client, &frame);
}

/* ---- who may ---- */

static bool is_authorised(const struct client *client, const struct frame_in *frame)
{
    char socket_id[SOCKET_ID_SIZE];
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { client_socket_id(client, socket_id), frame->channel,
                                                             frame->channel_data };
    return signature_authorises(client->app, parts, frame->auth);
}

/* Channels that are named with # are for who is signed in. */
static const char *judge_user(const struct client *client, const struct channel_name *name)
{
    if (!name->user.ptr && !name->conversations)
        return NULL;
    if (!client->user.ptr)
        return "Sign in before subscribing to this channel";
    if (name->conversations)
        return NULL;
    bool own = client->user.len == name->user.len && memcmp(client->user.ptr, name->user.ptr, name->user.len) == 0;
    return own ? NULL : "This channel belongs to another user";
}

/* As whom: what channel_data says, or who is signed in. */
static const char *take_member(const struct client *client, const struct frame_in *frame, struct member *member,
                               struct carillon_subscribe *what)
{
    if (!frame->channel_data.ptr) {
        if (!client->user.ptr)
            return "Presence channels need channel_data or a user who is signed in";
        return NULL;
    }
    member_parse(member, frame->channel_data, "user_id", (size_t)client->app->limits.member_data, 0);
    what->member = (struct carillon_user){ member->id, member->name };
    what->info = member->info;
    return member->problem;
}

static void ask_host(struct client *client, const struct carillon_subscribe *what, struct carillon_str channel,
                     bool presence)
{
    struct pending *pending = pending_add(client, channel, presence);
    enum carillon_result result = pending ? CARILLON_OK : CARILLON_BUSY;
    if (pending)
        result = pusher.host->session_subscribe_with(client->session, what, (uintptr_t)pending);
    if (result == CARILLON_OK)
        return;
    if (pending)
        pending_remove(client, pending);
    struct carillon_failure failure = pusher.host->failure_of(result);
    refuse(client, channel, failure.status, failure.detail.ptr);
}

static void subscribe_as_member(struct client *client, const struct frame_in *frame, struct carillon_subscribe *what)
{
    struct member member;
    memset(&member, 0, sizeof member);
    const char *problem = take_member(client, frame, &member, what);
    what->members_max = (uint32_t)client->app->limits.members;
    if (problem)
        refuse(client, frame->channel, 400, problem);
    else
        ask_host(client, what, frame->channel, true);
    member_free(&member);
}

static bool is_full(const struct client *client)
{
    size_t max = (size_t)client->app->limits.subscriptions;
    return max && pusher.host->session_positions(client->session, NULL, 0) + client->pending_count >= max;
}

void client_subscribe(struct client *client, const struct frame_in *frame)
{
    struct channel_name name = channel_name_parse_subscribed(frame->channel);
    if (!name.valid) {
        client_tell_error(client, 0, "Invalid channel name: %.200s", frame->channel.ptr ? frame->channel.ptr : "");
        return;
    }
    struct carillon_subscribe what = { .channel = client_host_channel(frame->channel), .authorised = name.authorise };
    const char *problem = judge_user(client, &name);
    if (problem)
        refuse(client, frame->channel, 401, problem);
    else if (name.authorise && !is_authorised(client, frame))
        refuse(client, frame->channel, 401, "Invalid signature");
    else if (is_full(client))
        refuse(client, frame->channel, 403, "The connection has as many subscriptions as are allowed");
    else if (name.presence)
        subscribe_as_member(client, frame, &what);
    else
        ask_host(client, &what, frame->channel, false);
}

static struct pending *pending_find(const struct client *client, struct carillon_str channel)
{
    for (struct pending *pending = client->pending; pending; pending = pending->next)
        if (!pending->cancelled && pending->channel.len == channel.len &&
            memcmp(pending->channel.ptr, channel.ptr, channel.len) == 0)
            return pending;
    return NULL;
}

void client_unsubscribe(struct client *client, const struct frame_in *frame)
{
    struct channel_name name = channel_name_parse_subscribed(frame->channel);
    if (!name.valid) {
        client_tell_error(client, 0, "Invalid channel name: %.200s", frame->channel.ptr ? frame->channel.ptr : "");
        return;
    }
    if (pusher.host->session_unsubscribe(client->session, client_host_channel(frame->channel)) == CARILLON_OK)
        return;
    struct pending *pending = pending_find(client, frame->channel);
    if (pending)
        pending->cancelled = true;
    else
        client_tell_error(client, 0, "No current subscription to channel %s, or subscription in progress",
                          frame->channel.ptr);
}
