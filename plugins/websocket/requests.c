#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct carillon_str copy_to(char **to, struct carillon_str string)
{
    if (!string.ptr)
        return string;
    char *copy = memcpy(*to, string.ptr, string.len);
    copy[string.len] = '\0';
    *to += string.len + 1;
    return (struct carillon_str){ copy, string.len };
}

struct pending *pending_add(struct client *client, const struct request *request)
{
    if (client->pending_count == CLIENT_PENDING_MAX)
        return NULL;
    struct pending *pending = malloc(sizeof *pending + request->id.len + 1 + request->channel.len + 1);
    if (!pending)
        return NULL;
    char *to = pending->strings;
    pending->type = request->type;
    pending->id = copy_to(&to, request->id);
    pending->channel = copy_to(&to, request->channel);
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

static enum carillon_result run_sign_in(struct client *client, const struct request *request, uint64_t cookie)
{
    return websocket.host->session_sign_in(client->session, request->token, cookie);
}

static enum carillon_result run_subscribe(struct client *client, const struct request *request, uint64_t cookie)
{
    return websocket.host->session_subscribe(client->session, request->channel, request->epoch, request->pos, cookie);
}

static enum carillon_result run_unsubscribe(struct client *client, const struct request *request, uint64_t cookie)
{
    (void)cookie;
    enum carillon_result result = websocket.host->session_unsubscribe(client->session, request->channel);
    if (result != CARILLON_OK)
        return result;
    struct text frame = { 0 };
    frame_put_unsubscribed(&frame, request->id, request->channel, NULL);
    client_send(client, &frame);
    return CARILLON_OK;
}

static enum carillon_result run_publish(struct client *client, const struct request *request, uint64_t cookie)
{
    const struct carillon_publish publish = {
        .channel = request->channel,
        .client_id = request->client_id,
        .event = request->event,
        .text = request->text,
        .data = request->data,
        .reply_to = request->reply_to,
        .mentions = request->mentions,
        .mention_count = request->mention_count,
    };
    return websocket.host->session_publish(client->session, &publish, cookie);
}

static enum carillon_result run_typing(struct client *client, const struct request *request, uint64_t cookie)
{
    (void)cookie;
    return websocket.host->session_typing(client->session, request->channel, request->active);
}

static enum carillon_result run_read(struct client *client, const struct request *request, uint64_t cookie)
{
    return websocket.host->session_mark_read(client->session, request->channel, request->pos, cookie);
}

static enum carillon_result run_presence(struct client *client, const struct request *request, uint64_t cookie)
{
    return websocket.host->session_presence(client->session, request->channel, cookie);
}

static enum carillon_result run_ping(struct client *client, const struct request *request, uint64_t cookie)
{
    (void)cookie;
    struct text frame = { 0 };
    frame_put_pong(&frame, request->id);
    client_send(client, &frame);
    return CARILLON_OK;
}

static const struct {
    enum carillon_result (*run)(struct client *client, const struct request *request, uint64_t cookie);
    bool waits; /* the host answers later, with the cookie */
} handlers[REQUEST_TYPE_COUNT] = {
    [REQUEST_TYPE_CONNECT] = { run_sign_in, true },     [REQUEST_TYPE_REFRESH] = { run_sign_in, true },
    [REQUEST_TYPE_SUBSCRIBE] = { run_subscribe, true }, [REQUEST_TYPE_UNSUBSCRIBE] = { run_unsubscribe, false },
    [REQUEST_TYPE_PUBLISH] = { run_publish, true },     [REQUEST_TYPE_TYPING] = { run_typing, false },
    [REQUEST_TYPE_READ] = { run_read, true },           [REQUEST_TYPE_PRESENCE] = { run_presence, true },
    [REQUEST_TYPE_PING] = { run_ping, false },
};

static enum carillon_result run(struct client *client, const struct request *request)
{
    if (request->type == REQUEST_TYPE_REFRESH && !client->signed_in)
        return CARILLON_UNAUTHORIZED;
    if (!handlers[request->type].waits)
        return handlers[request->type].run(client, request, 0);
    struct pending *pending = pending_add(client, request);
    if (!pending)
        return CARILLON_BUSY;
    enum carillon_result result = handlers[request->type].run(client, request, (uintptr_t)pending);
    if (result != CARILLON_OK)
        pending_remove(client, pending);
    return result;
}

void client_run_request(struct client *client, const struct request *request)
{
    if (request->type == REQUEST_TYPE_CONNECT && client->signed_in) {
        const struct carillon_failure failure = { "invalid_request", 400,
                                                  CARILLON_STR("signed in already: use refresh"), false };
        client_send_error(client, request->id, &failure);
        return;
    }
    enum carillon_result result = run(client, request);
    if (result != CARILLON_OK) {
        const struct carillon_failure failure = websocket.host->failure_of(result);
        client_send_error(client, request->id, &failure);
    }
}
