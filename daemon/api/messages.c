#include "api/access.h"
#include "api/input.h"
#include "api/messages.h"
#include "message/json.h"

#include <string.h>

enum { ID_MAX = 64, CLIENT_ID_MAX = 64, MENTIONS_MAX = 50 };

/* ---- what a message says ---- */

void input_message(struct call *call, struct carillon_str channel, struct message_input *input)
{
    size_t max = app_channel_options(call_app(call), channel)->message_max;
    input->text = input_str(call, "text", REQUIRED, 1, max);
    input->data = input_json(call, "data", OPTIONAL, max);
    input->mentions = input_user_ids(call, "mentions", MENTIONS_MAX, &input->mention_count);
}

struct carillon_str input_client_id(struct call *call)
{
    return input_str(call, "client_id", OPTIONAL, 1, CLIENT_ID_MAX);
}

struct carillon_str input_reply_to(struct call *call)
{
    return input_str(call, "reply_to", OPTIONAL, 1, ID_MAX);
}

void action_set_message(struct action *action, const struct message_input *input)
{
    struct carillon_storage_input *in = &action->request->in;
    in->type = CARILLON_EVENT_MESSAGE_NEW;
    in->text = action_str(action, input->text);
    in->data = action_str(action, input->data);
    in->mentions = input->mention_count
                       ? arena_alloc(action->request->arena, input->mention_count * sizeof *in->mentions)
                       : NULL;
    for (size_t i = 0; in->mentions && i < input->mention_count; i++)
        in->mentions[in->mention_count++] = action_str(action, input->mentions[i]);
}

/* ---- writing ---- */

static void posted(struct call *call, struct action *action)
{
    json_object_begin(&call->out, NULL);
    json_write_message(&call->out, "message", action->request->out.change->message);
    json_write_str_if(&call->out, "epoch", action->epoch);
    if (action->pos) /* a shadowed one has none */
        json_write_uint(&call->out, "pos", action->pos);
    if (action->duplicate)
        json_write_bool(&call->out, "duplicate", true);
    if (action->held)
        json_write_bool(&call->out, "held", true);
    json_object_end(&call->out);
    call_reply(call, action->held ? 202 : action->duplicate ? 200 : 201);
}

void messages_post(struct call *call)
{
    struct message_input input = { 0 };
    struct carillon_str channel = path_channel(call);
    struct carillon_str client_id = input_client_id(call), reply_to = input_reply_to(call);
    input_message(call, channel, &input);
    struct action *action = input_end(call) ? call_action(call, ACTION_PUBLISH, channel) : NULL;
    if (!action)
        return;
    action_set_message(action, &input);
    action->request->in.client_id = action_str(action, client_id);
    action->request->in.reply_to = action_str(action, reply_to);
    call_act(call, action, posted);
}

static void message_read(struct call *call, struct carillon_storage_request *request)
{
    json_object_begin(&call->out, NULL);
    json_write_message(&call->out, "message", request->out.messages[0]);
    json_object_end(&call->out);
    call_reply(call, 200);
}

struct carillon_storage_request *call_request_message(struct call *call)
{
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_MESSAGE_GET);
    if (request) {
        request->in.conversation = call->captures[0];
        request->in.id = call->captures[1];
    }
    return request;
}

/* Nothing had to change (a message deleted before): it is shown as it is. */
void call_reply_change(struct call *call, struct action *action)
{
    const struct carillon_change *change = action->request->out.change;
    if (!change) {
        struct carillon_storage_request *request = call_request_message(call);
        if (request)
            call_ask(call, request, message_read);
        return;
    }
    json_object_begin(&call->out, NULL);
    json_write_message(&call->out, "message", change->message);
    json_write_uint(&call->out, "pos", change->pos);
    json_object_end(&call->out);
    call_reply(call, 200);
}

struct action *call_message_action(struct call *call, enum action_kind kind)
{
    struct carillon_str channel = path_channel(call);
    struct action *action = input_end(call) ? call_action(call, kind, channel) : NULL;
    if (action)
        action->request->in.id = action_str(action, call->captures[1]);
    return action;
}

void messages_delete(struct call *call)
{
    struct action *action = call_message_action(call, ACTION_DELETE);
    if (action)
        call_act(call, action, call_reply_change);
}

/* ---- reading one ---- */

static void show(struct call *call, struct carillon_storage_request *request)
{
    json_write_message(&call->out, NULL, request->out.messages[0]);
    call_reply(call, 200);
}

static void show_message(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call_request_message(call);
    (void)conversation;
    if (request)
        call_ask(call, request, show);
}

void messages_show(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    if (input_end(call))
        call_with_conversation(call, channel, show_message);
}
