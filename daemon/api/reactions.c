#include "api/input.h"
#include "api/messages.h"
#include "message/emoji.h"
#include "message/json.h"

enum { EMOJI_MAX = 64 };

/* Anything short without spaces and controls: the list of emoji grows each year. Normalised, since two ways to write one
   emoji must not be two reactions; absent: it is none. */
static struct carillon_str take_emoji(struct call *call, struct carillon_str given)
{
    char normal[EMOJI_MAX + 1];
    for (size_t i = 0; i < given.len; i++)
        if ((unsigned char)given.ptr[i] <= ' ' || given.ptr[i] == 0x7f)
            return (struct carillon_str){ 0 };
    size_t len = given.len && given.len <= EMOJI_MAX ? emoji_normalize(given, normal, sizeof normal) : 0;
    return len ? call_str(call, (struct carillon_str){ normal, len }) : (struct carillon_str){ 0 };
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
    struct carillon_str emoji = take_emoji(call, call->captures[2]);
    if (!emoji.ptr)
        input_wrong(call, "emoji", "1 to %d bytes without spaces are needed", EMOJI_MAX);
    struct action *action = call_message_action(call, ACTION_REACT);
    if (!action)
        return;
    action->request->in.emoji = action_str(action, emoji);
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
