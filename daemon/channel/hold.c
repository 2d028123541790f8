#include "base/arena.h"
#include "channel/home.h"
#include "message/json.h"
#include "session/limits.h"

#include <stdio.h>

/* Message or event as the storage keeps it for a moderator; what the author is answered with. */
static struct carillon_change *change_of_held(struct action *action, const struct carillon_held *held)
{
    struct carillon_change *change = change_without_pos(action);
    if (!change)
        return NULL;
    change->at_ms = held->created_ms;
    if (change->message) {
        change->message->id = held->id;
        change->message->created_ms = held->created_ms;
    }
    return change;
}

static void tell_held(struct channel *channel, const struct carillon_held *held)
{
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_str(&data, "channel", channel->name);
    json_write_held(&data, "held", held);
    json_object_end(&data);
    moderators_tell(channel, "message.held", &held->author, json_writer_str(&data));
    json_writer_free(&data);
}

static enum error_code hold_error(enum carillon_result result)
{
    return result == CARILLON_LIMIT ? ERROR_HELD_FULL : error_from_result(result);
}

static void hold_done(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    enum error_code error = hold_error(request->result);
    channel->holds--;
    if (request->result >= 0) {
        action->duplicate = request->result == CARILLON_DUPLICATE;
        const struct carillon_held *held = request->out.held;
        request->out.change = change_of_held(action, held);
        error = request->out.change ? ERROR_NONE : ERROR_BUSY;
        if (!action->duplicate)
            tell_held(channel, held);
    }
    action_complete(action, error);
}

static void hold_put(struct channel *channel, struct action *action)
{
    action->request->op = CARILLON_STORAGE_HELD_PUT;
    action->request->in.limit = session_limits()->held;
    channel->holds++;
    storage_submit(action->request, hold_done, action);
}

/* Was it released already? Then a retry has that answer, like any other that was stored. */
static void released_before(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, request->in.conversation);
    enum carillon_result result = request->result;
    channel->holds--;
    storage_request_free(request);
    if (result == CARILLON_NOT_FOUND) {
        hold_put(channel, action);
    } else if (result == CARILLON_OK) {
        action->held = false;
        order_enqueue(channel, action);
    } else {
        action_complete(action, error_from_result(result));
    }
}

void hold_begin(struct channel *channel, struct action *action)
{
    const struct carillon_storage_input *in = &action->request->in;
    if (!in->client_id.ptr || channel->state != CHANNEL_STORED) {
        hold_put(channel, action);
        return;
    }
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CLIENT_ID_GET, channel->app->name);
    if (!request) {
        action_complete(action, ERROR_BUSY);
        return;
    }
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.user.id = storage_request_str(request, in->user.id);
    request->in.client_id = storage_request_str(request, in->client_id);
    channel->holds++;
    storage_submit(request, released_before, action);
}
