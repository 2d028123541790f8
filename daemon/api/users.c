#include "api/input.h"
#include "api/tokens.h"
#include "message/json.h"
#include "session/registry.h"
#include "session/seen.h"
#include "session/token.h"

static void show(struct call *call, struct carillon_storage_request *request)
{
    json_write_user(&call->out, NULL, request->out.user);
    call_reply(call, 200);
}

void users_show(struct call *call)
{
    struct carillon_str id = path_user(call, 0);
    struct carillon_storage_request *request = input_end(call) ? call_request(call, CARILLON_STORAGE_USER_GET) : NULL;
    if (!request)
        return;
    request->in.user = (struct carillon_user){ .id = id };
    call_ask(call, request, show);
}

/* ---- disconnecting ---- */

static void disconnected(struct call *call, size_t sessions)
{
    json_object_begin(&call->out, NULL);
    json_write_uint(&call->out, "disconnected", sessions);
    json_object_end(&call->out);
    call_reply(call, 200);
}

static void sessions_closed(void *arg, size_t sessions)
{
    disconnected(arg, sessions);
}

void users_disconnect(struct call *call)
{
    struct carillon_str id = path_user(call, 0);
    bool revoke = input_bool(call, "revoke", false);
    const struct carillon_str every_token = { 0 };
    if (!input_end(call))
        return;
    if (revoke)
        call_revoke(call, id, every_token, ERROR_DISCONNECTED, disconnected);
    else
        sessions_disconnect(call_app(call), id, every_token, ERROR_DISCONNECTED, sessions_closed, call);
}

/* ---- tokens ---- */

void users_issue_token(struct call *call)
{
    const struct app *app = call_app(call);
    struct carillon_user user = { .id = path_user(call, 0) };
    user.name = input_line(call, "name", REQUIRED, 80);
    int64_t expires_in = input_int(call, "expires_in", app_settings(app)->token_ttl / 1000, 1,
                                   tokens_lifetime_max() / 1000);
    json_t *rights = input_object(call, "rights");
    if (rights && !identity_rights_valid(rights))
        input_wrong(call, "rights", "lists of channel patterns and create: true or false are known");
    if (input_end(call)) {
        user_note(app, user);
        reply_new_token(call, 201, app, user, expires_in * 1000, rights);
    }
    json_decref(rights);
}
