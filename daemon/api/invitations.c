#include "api/access.h"
#include "api/input.h"
#include "api/list.h"
#include "base/base64url.h"
#include "base/uuid.h"
#include "loop/worker.h"
#include "message/json.h"

#include <string.h>

enum {
    CODE_BYTES = 16,
    CODE_MAX = 64,
    EXPIRES_DEFAULT = 7 * 24 * 3600,
    EXPIRES_MAX = 366 * 24 * 3600,
    USES_MAX = 100000
};

/* full: for moderators; the others see what they are invited to. */
static void write_invitation(struct call *call, const char *name, const struct carillon_invitation *invitation,
                             bool full)
{
    json_object_begin(&call->out, name);
    json_write_str(&call->out, "code", invitation->code);
    json_write_str(&call->out, "channel", invitation->conversation);
    json_write_str(&call->out, "title", invitation->title);
    json_write_text(&call->out, "role", role_name(invitation->role));
    json_write_int(&call->out, "expires_at", invitation->expires_ms);
    if (full) {
        json_write_uint(&call->out, "max_uses", invitation->max_uses);
        json_write_uint(&call->out, "uses", invitation->uses);
    }
    json_write_user(&call->out, "by", &invitation->creator);
    json_object_end(&call->out);
}

/* ---- moderators ---- */

static void created(struct call *call, struct carillon_storage_request *request)
{
    write_invitation(call, NULL, &request->out.invitations[0], true);
    call_reply(call, 201);
}

static void create(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call->state;
    (void)conversation;
    call_ask(call, request, created);
}

static struct carillon_str make_code(struct call *call)
{
    unsigned char random[CODE_BYTES];
    char code[BASE64URL_LEN(CODE_BYTES) + 1];
    random_fill(random, sizeof random);
    return call_str(call, (struct carillon_str){ code, base64url_encode(random, sizeof random, code) });
}

static enum carillon_role input_invited_role(struct call *call)
{
    struct carillon_str word = input_str(call, "role", OPTIONAL, 1, 16);
    enum carillon_role role = word.ptr ? role_from_name(word) : CARILLON_ROLE_MEMBER;
    if (role != CARILLON_ROLE_MEMBER && role != CARILLON_ROLE_MODERATOR)
        input_wrong(call, "role", "this must be member or moderator");
    return role;
}

void invitations_create(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    enum carillon_role role = input_invited_role(call);
    int64_t expires_in = input_int(call, "expires_in", EXPIRES_DEFAULT, 60, EXPIRES_MAX);
    int64_t max_uses = input_int(call, "max_uses", 0, 0, USES_MAX);
    struct carillon_storage_request *request = input_end(call) ? call_request(call, CARILLON_STORAGE_INVITATION_CREATE)
                                                               : NULL;
    if (!request)
        return;
    request->in.conversation = channel;
    request->in.id = make_code(call);
    request->in.role = role;
    request->in.expires_ms = request->in.now_ms + expires_in * 1000;
    request->in.max_uses = (uint32_t)max_uses;
    call->state = request;
    call_with_moderated(call, channel, create);
}

static void listed(struct call *call, struct carillon_storage_request *request)
{
    list_begin(call);
    for (size_t i = 0; i < request->out.count; i++)
        write_invitation(call, NULL, &request->out.invitations[i], true);
    list_reply(call, request);
}

static void list(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call->state;
    (void)conversation;
    call_ask(call, request, listed);
}

void invitations_list(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    struct carillon_storage_request *request = list_request(call, CARILLON_STORAGE_INVITATION_LIST);
    if (!request)
        return;
    request->in.conversation = channel;
    call->state = request;
    call_with_moderated(call, channel, list);
}

static void revoked(struct call *call, struct carillon_storage_request *request)
{
    (void)request;
    call_reply_empty(call);
}

static void revoke(struct call *call, const struct carillon_conversation *conversation)
{
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_INVITATION_REVOKE);
    if (!request)
        return;
    request->in.conversation = conversation->name;
    request->in.id = call->captures[1];
    call_ask(call, request, revoked);
}

void invitations_revoke(struct call *call)
{
    struct carillon_str channel = path_channel(call);
    if (input_end(call))
        call_with_moderated(call, channel, revoke);
}

/* ---- those who are invited ---- */

static void ask_invitation(struct call *call, void (*then)(struct call *call, struct carillon_storage_request *request))
{
    struct carillon_str code = call->captures[0];
    if (code.len == 0 || code.len > CODE_MAX) {
        call_fail(call, ERROR_NOT_FOUND);
        return;
    }
    struct carillon_storage_request *request = input_end(call) ? call_request(call, CARILLON_STORAGE_INVITATION_GET)
                                                               : NULL;
    if (!request)
        return;
    request->in.id = code;
    call_ask(call, request, then);
}

static void show(struct call *call, struct carillon_storage_request *request)
{
    const struct carillon_invitation *invitation = &request->out.invitations[0];
    bool used_up = invitation->max_uses && invitation->uses >= invitation->max_uses;
    if (used_up || invitation->expires_ms <= loop_wall_ms()) {
        call_fail_with(call, ERROR_GONE, "This invitation has expired or is used up.");
        return;
    }
    write_invitation(call, NULL, invitation, false);
    call_reply(call, 200);
}

void invitations_show(struct call *call)
{
    ask_invitation(call, show);
}

static void accepted(struct call *call, struct action *action)
{
    struct carillon_str channel = call_str(call, action->request->in.conversation);
    call_reply_conversation(call, 200, channel);
}

static void accept(struct call *call, struct carillon_storage_request *request)
{
    struct action *action = call_action(call, ACTION_ACCEPT, request->out.invitations[0].conversation);
    if (!action)
        return;
    action->request->in.id = action_str(action, call->captures[0]);
    call_act(call, action, accepted);
}

void invitations_accept(struct call *call)
{
    ask_invitation(call, accept);
}
