#include "channel/submit.h"
#include "base/str.h"
#include "channel/home.h"

/* ---- who wrote it? only its author edits a message, and its author or a moderator deletes it ---- */

static enum error_code author_check(struct channel *channel, const struct action *action,
                                    const struct carillon_message *message)
{
    if (!str_equal(message->conversation, channel->name))
        return ERROR_NOT_FOUND;
    if (str_equal(message->author.id, action->identity->user.id) || action->identity->server)
        return ERROR_NONE;
    if (action->kind == ACTION_DELETE && access_is_moderator(channel, action->identity))
        return ERROR_NONE;
    return ERROR_FORBIDDEN;
}

static void author_found(struct carillon_storage_request *request, void *arg)
{
    struct action *action = arg;
    struct channel *channel = channel_find(action->identity->app, action->request->in.conversation);
    enum error_code error = error_from_result(request->result);
    channel->holds--;
    if (request->result == CARILLON_OK)
        error = author_check(channel, action, request->out.messages[0]);
    storage_request_free(request);
    if (error == ERROR_NONE)
        order_enqueue(channel, action);
    else
        action_complete(action, error);
}

static void author_find(struct channel *channel, struct action *action)
{
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_MESSAGE_GET, channel->app->name);
    if (!request) {
        action_complete(action, ERROR_BUSY);
        return;
    }
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.id = storage_request_str(request, action->request->in.id);
    channel->holds++;
    storage_submit(request, author_found, action);
}

/* ---- an action at the channel's home ---- */

static void submit_stored(struct channel *channel, struct action *action)
{
    switch (action->kind) {
    case ACTION_CREATE:
        action_complete(action, ERROR_EXISTS);
        break;
    case ACTION_EDIT:
    case ACTION_DELETE:
        author_find(channel, action);
        break;
    case ACTION_READ:
        passing_read(channel, action);
        break;
    case ACTION_TYPING:
        passing_typing(channel, action);
        break;
    case ACTION_PUBLISH:
        if (action->client_event) { /* of the moment: nobody reads it later */
            passing_event(channel, action);
            break;
        }
        order_enqueue(channel, action);
        break;
    default:
        order_enqueue(channel, action);
    }
}

static void submit_unstored(struct channel *channel, struct action *action)
{
    if (action->kind == ACTION_PUBLISH && action->request->in.type == CARILLON_EVENT_EVENT)
        passing_event(channel, action);
    else if (action->kind == ACTION_TYPING)
        passing_typing(channel, action);
    else if (action->kind == ACTION_CREATE && channel->options->stored)
        order_enqueue(channel, action);
    else
        action_complete(action, ERROR_UNKNOWN_CHANNEL);
}

/* Could it be published here at all? */
static bool publish_fits(const struct channel *channel, const struct action *action)
{
    return channel->state == CHANNEL_STORED || action->request->in.type == CARILLON_EVENT_EVENT;
}

void submit_judged(struct channel *channel, struct action *action)
{
    if (action->kind == ACTION_RELEASE)
        held_release(channel, action);
    else if (action->kind == ACTION_DISCARD)
        held_discard(channel, action);
    else if (action->shadowed && publish_fits(channel, action))
        shadow_tell(channel, action);
    else if (action->held && publish_fits(channel, action))
        hold_begin(channel, action);
    else if (channel->state == CHANNEL_STORED)
        submit_stored(channel, action);
    else
        submit_unstored(channel, action);
}

static void submit_run(struct task *task)
{
    channel_submit((struct action *)task);
}

void channel_submit(struct action *action)
{
    enum error_code why = ERROR_NONE;
    struct channel *channel = channel_get(action->identity->app, action->request->in.conversation);
    action->task.run = submit_run;
    if (!channel || channel->state == CHANNEL_UNAVAILABLE) {
        action_complete(action, ERROR_STORAGE_UNAVAILABLE);
        return;
    }
    if (channel->state == CHANNEL_LOADING) {
        channel_wait(channel, &action->task);
        return;
    }
    switch (access_act(channel, action, &why)) {
    case ACCESS_WAIT:
        return;
    case ACCESS_DENIED:
        action_complete(action, why);
        return;
    case ACCESS_OK:
        break;
    }
    submit_judged(channel, action);
}
