#include "api/access.h"
#include "api/input.h"
#include "api/list.h"
#include "message/json.h"

enum { QUEUE_MAX = 64 };

static void listed(struct call *call, struct carillon_storage_request *request)
{
    list_begin(call);
    for (size_t i = 0; i < request->out.count; i++)
        json_write_held(&call->out, NULL, &request->out.held[i]);
    list_reply(call, request);
}

static void list(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call->state;
    (void)conversation;
    call_ask(call, request, listed);
}

/* A server sees what waits on a channel that is no conversation, too. */
void held_list(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    struct carillon_str queue = query_str(call, "queue", QUEUE_MAX);
    struct carillon_storage_request *request = list_request(call, CARILLON_STORAGE_HELD_LIST);
    if (!request)
        return;
    request->in.conversation = channel;
    request->in.queue = queue;
    call->state = request;
    if (call->identity->server)
        call_ask(call, request, listed);
    else
        call_with_moderated(call, channel, list);
}

static struct action *held_action(struct call *call, enum action_kind kind)
{
    struct carillon_str channel = path_channel(call);
    struct action *action = input_end(call) ? call_action(call, kind, channel) : NULL;
    if (action)
        action->request->in.id = action_str(action, call->captures[1]);
    return action;
}

static void released(struct call *call, struct action *action)
{
    const struct carillon_change *change = action->request->out.change;
    json_object_begin(&call->out, NULL);
    if (change && change->message)
        json_write_message(&call->out, "message", change->message);
    json_write_str_if(&call->out, "epoch", action->epoch);
    if (action->pos)
        json_write_uint(&call->out, "pos", action->pos);
    json_object_end(&call->out);
    call_reply(call, 200);
}

void held_release_one(struct call *call)
{
    struct action *action = held_action(call, ACTION_RELEASE);
    if (action)
        call_act(call, action, released);
}

static void discarded(struct call *call, struct action *action)
{
    (void)action;
    call_reply_empty(call);
}

void held_discard_one(struct call *call)
{
    struct action *action = held_action(call, ACTION_DISCARD);
    if (action)
        call_act(call, action, discarded);
}
