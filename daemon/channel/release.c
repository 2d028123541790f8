#include "base/arena.h"
#include "channel/home.h"
#include "message/json.h"

#include <stdio.h>

/* ---- what is told: to the moderators, and to the author ---- */

static void tell_decision(struct channel *channel, const struct action *action, const struct carillon_held *held,
                          const char *event)
{
    struct json_writer data = { 0 };
    const struct carillon_user *by = &action->identity->user;
    json_object_begin(&data, NULL);
    json_write_str(&data, "channel", channel->name);
    json_write_str(&data, "id", held->id);
    json_write_str_if(&data, "client_id", held->client_id);
    json_write_user(&data, "author", &held->author);
    json_write_user(&data, "by", by);
    json_object_end(&data);
    personal_tell(channel->app, held->author.id, event, by, json_writer_str(&data));
    moderators_tell(channel, event, by, json_writer_str(&data));
    json_writer_free(&data);
}

/* ---- discarding ---- */

static void discard_done(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    channel->holds--;
    if (request->result == CARILLON_OK)
        tell_decision(channel, action, request->out.held, "message.discarded");
    action_complete(action, error_from_result(request->result));
}

void held_discard(struct channel *channel, struct action *action)
{
    channel->holds++;
    storage_submit(action->request, discard_done, action);
}

/* ---- releasing: published first, removed when that is durable; the client id makes sure that it is published once ---- */

static void release_removed(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    channel->holds--;
    enum error_code error = error_from_result(request->result); /* NOT_FOUND: somebody else was faster */
    if (error == ERROR_NONE)
        tell_decision(channel, action, request->out.held, "message.released");
    storage_request_free(request);
    action_complete(action, error);
}

static void release_remove(struct action *action)
{
    const struct carillon_storage_input *in = &action->request->in;
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_HELD_REMOVE, action->request->app);
    if (!request)
        abort(); /* must hold: it would be published and still be waiting */
    request->in.conversation = storage_request_str(request, in->conversation);
    request->in.id = storage_request_str(request, in->id);
    request->in.now_ms = 0; /* also one that expired meanwhile */
    storage_submit(request, release_removed, action);
}

/* The moderator's answer is the publish's: they exchange what was asked and answered. */
static void release_published(struct action *publish)
{
    struct action *action = publish->arg;
    struct channel *channel = channel_find(action->identity->app, action->request->in.conversation);
    if (publish->error != ERROR_NONE) {
        channel->holds--;
        action->error = publish->error;
        action->failure = error_failure(publish->error);
        action_free(publish);
        action_complete(action, action->error);
        return;
    }
    struct carillon_storage_request *asked = action->request;
    action->request = publish->request;
    publish->request = asked;
    action->epoch = publish->epoch;
    action->pos = publish->pos;
    action_free(publish);
    release_remove(action);
}

/* One that its author gave no client id gets one: releasing it twice publishes it once. */
static struct carillon_str release_client_id(struct action *publish, const struct carillon_held *held)
{
    char text[128];
    if (held->client_id.ptr)
        return action_str(publish, held->client_id);
    int len = snprintf(text, sizeof text, "held:%s", held->id.ptr);
    return action_str(publish, (struct carillon_str){ text, len > 0 ? (size_t)len : 0 });
}

static void release_fill(struct action *publish, const struct carillon_held *held)
{
    struct carillon_storage_input *in = &publish->request->in;
    in->now_ms = loop_wall_ms();
    in->id = action_str(publish, held->id);
    in->user = publish->identity->user;
    in->type = held->type;
    in->client_id = release_client_id(publish, held);
    in->name = action_str(publish, held->name);
    in->text = action_str(publish, held->text);
    in->data = action_str(publish, held->data);
    in->reply_to = action_str(publish, held->reply_to);
    memcpy(in->submitted, held->submitted, sizeof in->submitted);
    in->mentions = arena_alloc(publish->request->arena, held->mention_count * sizeof *in->mentions);
    for (size_t i = 0; in->mentions && i < held->mention_count; i++)
        in->mentions[in->mention_count++] = action_str(publish, held->mentions[i]);
}

static void release_publish(struct channel *channel, struct action *action, const struct carillon_held *held)
{
    struct identity *author = identity_new_server(channel->app, held->author);
    struct action *publish = author ? action_new(ACTION_PUBLISH, author, channel->name) : NULL;
    identity_unref(author);
    if (!publish) {
        channel->holds--;
        action_complete(action, ERROR_BUSY);
        return;
    }
    publish->done = release_published;
    publish->arg = action;
    release_fill(publish, held);
    submit_judged(channel, publish);
}

static void release_found(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    if (request->result == CARILLON_OK) {
        release_publish(channel, action, request->out.held);
        return;
    }
    channel->holds--;
    action_complete(action, error_from_result(request->result));
}

void held_release(struct channel *channel, struct action *action)
{
    channel->holds++; /* until it is published and removed */
    storage_submit(action->request, release_found, action);
}
