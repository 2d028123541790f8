#include "api/input.h"
#include "api/messages.h"

#include <ctype.h>
#include <string.h>

/*
 * Editing. Who sends no `mentions` has not said that nobody is mentioned any more: those stay whom the text still names,
 * as "@" and their name. One whom the text did not name before either, since clients may mention in other ways, stays too.
 */
struct editing {
    struct action *action;
    struct message_input input;
    const struct carillon_message *before;
    size_t asked;
};

static bool names(struct carillon_str text, struct carillon_str name)
{
    const char *end = text.ptr + text.len, *at = text.ptr;
    while ((at = memchr(at, '@', (size_t)(end - at)))) {
        at++;
        if ((size_t)(end - at) < name.len || memcmp(at, name.ptr, name.len) != 0)
            continue;
        unsigned char next = (unsigned char)at[name.len]; /* of a counted string at least its NUL */
        if (!isalnum(next) && next != '_' && next < 0x80)
            return true;
    }
    return false;
}

static void keep(struct editing *editing, size_t mention)
{
    editing->input.mentions[editing->input.mention_count++] = editing->before->mentions[mention];
}

static void ask_next(struct call *call);

static void user_found(struct call *call, struct carillon_storage_request *request)
{
    struct editing *editing = call->state;
    const struct carillon_user *user = request->result == CARILLON_OK ? request->out.user : NULL;
    bool taken_out = user && names(editing->before->text, user->name) && !names(editing->input.text, user->name);
    if (!taken_out)
        keep(editing, editing->asked);
    call_drop(call, request);
    editing->asked++;
    ask_next(call);
}

static void ask_next(struct call *call)
{
    struct editing *editing = call->state;
    struct action *action = editing->action;
    if (editing->asked == editing->before->mention_count) {
        action_set_message(action, &editing->input);
        call_act(call, action, call_reply_change);
        return;
    }
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_USER_GET);
    if (!request) {
        action_free(action);
        return;
    }
    request->in.user = (struct carillon_user){ .id = editing->before->mentions[editing->asked] };
    call_ask_raw(call, request, user_found);
}

static void before_found(struct call *call, struct carillon_storage_request *request)
{
    static const struct carillon_message nobody_mentioned;
    struct editing *editing = call->state;
    /* What is not found, or deleted, the edit itself will tell. */
    editing->before = request->result == CARILLON_OK ? request->out.messages[0] : &nobody_mentioned;
    if (editing->before->mention_count)
        editing->input.mentions = call_alloc(call, editing->before->mention_count * sizeof *editing->input.mentions);
    if (editing->before->mention_count && !editing->input.mentions) {
        action_free(editing->action);
        call_fail(call, ERROR_BUSY);
        return;
    }
    ask_next(call);
}

static void keep_mentions(struct call *call, struct editing *editing)
{
    struct carillon_storage_request *request = call_request_message(call);
    if (!request) {
        action_free(editing->action);
        return;
    }
    call->state = editing;
    call_ask_raw(call, request, before_found);
}

void messages_edit(struct call *call)
{
    struct editing *editing = call_alloc(call, sizeof *editing);
    if (!editing) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    bool told = input_has(call, "mentions");
    input_message(call, call->captures[0], &editing->input);
    editing->action = call_message_action(call, ACTION_EDIT);
    if (!editing->action)
        return;
    if (!told) {
        keep_mentions(call, editing);
        return;
    }
    action_set_message(editing->action, &editing->input);
    call_act(call, editing->action, call_reply_change);
}
