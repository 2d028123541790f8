#include "api/input.h"
#include "api/messages.h"
#include "base/utf8.h"
#include "message/json.h"

enum { EMOJI_MAX = 64 };

/* Anything short without spaces and controls: the list of emoji grows each year. */
static bool emoji_valid(struct carillon_str emoji)
{
    if (emoji.len == 0 || emoji.len > EMOJI_MAX || !utf8_is_valid(emoji.ptr, emoji.len))
        return false;
    for (size_t i = 0; i < emoji.len; i++)
        if ((unsigned char)emoji.ptr[i] <= ' ' || emoji.ptr[i] == 0x7f)
            return false;
    return true;
}

static void write_reactions(struct call *call, const struct carillon_message *message, uint64_t pos)
{
    json_object_begin(&call->out, NULL);
    json_write_reactions(&call->out, "reactions", message);
    if (pos)
        json_write_uint(&call->out, "pos", pos);
    json_object_end(&call->out);
    call_reply(call, 200);
}

static void message_read(struct call *call, struct carillon_storage_request *request)
{
    write_reactions(call, request->out.messages[0], 0);
}

static void reacted(struct call *call, struct action *action)
{
    const struct carillon_change *change = action->request->out.change;
    if (change) {
        write_reactions(call, change->message, change->pos);
        return;
    }
    struct carillon_storage_request *request = call_request_message(call);
    if (request)
        call_ask(call, request, message_read);
}

static void react(struct call *call, bool remove)
{
    if (!emoji_valid(call->captures[2]))
        input_wrong(call, "emoji", "1 to %d bytes without spaces are needed", EMOJI_MAX);
    struct action *action = call_message_action(call, ACTION_REACT);
    if (!action)
        return;
    action->request->in.emoji = action_str(action, call->captures[2]);
    action->request->in.remove = remove;
    call_act(call, action, reacted);
}

void reactions_add(struct call *call)
{
    react(call, false);
}

void reactions_remove(struct call *call)
{
    react(call, true);
}
