#include "api/input.h"
#include "message/json.h"

static void marked(struct call *call, struct action *action)
{
    json_object_begin(&call->out, NULL);
    json_write_read_mark(&call->out, action->request->out.conversation);
    json_object_end(&call->out);
    call_reply(call, 200);
}

void read_mark(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    if (!input_has(call, "pos"))
        input_wrong(call, "pos", "this is required");
    int64_t pos = input_int(call, "pos", 0, 0, INT64_MAX);
    struct action *action = input_end(call) ? call_action(call, ACTION_READ, channel) : NULL;
    if (!action)
        return;
    action->request->in.pos = (uint64_t)pos;
    call_act(call, action, marked);
}

static void told(struct call *call, struct action *action)
{
    (void)action;
    call_reply_empty(call);
}

void typing_tell(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    bool active = input_bool(call, "active", true);
    struct action *action = input_end(call) ? call_action(call, ACTION_TYPING, channel) : NULL;
    if (!action)
        return;
    action->active = active;
    call_act(call, action, told);
}
