#include "api/authenticate.h"
#include "hook/hook.h"
#include "listener/http.h"
#include "session/seen.h"
#include "session/token.h"

#include <string.h>
#include <strings.h>

/* Absent: no such header, or another scheme. */
static struct carillon_str bearer_of(const struct call *call)
{
    static const char scheme[] = "Bearer ";
    const size_t len = sizeof scheme - 1;
    struct carillon_str value = http_header(call->request, "authorization");
    if (!value.ptr || value.len <= len || strncasecmp(value.ptr, scheme, len) != 0)
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ value.ptr + len, value.len - len };
}

static enum error_code judge_origin(const struct call *call)
{
    return http_belongs_to(call->request, call_app(call)) ? ERROR_NONE : ERROR_ORIGIN_REFUSED;
}

static enum error_code identify(struct call *call, struct carillon_str bearer)
{
    struct carillon_str key_name;
    struct identity *identity = NULL;
    const struct app *app = app_find_by_api_key(bearer, &key_name);
    if (app) {
        identity = identity_new_server(app, (struct carillon_user){ CARILLON_STR(SERVER_USER_ID), key_name });
        call->identity = identity;
        return identity ? judge_origin(call) : ERROR_BUSY;
    }
    enum error_code error = token_verify(NULL, bearer, &identity);
    call->identity = identity;
    if (identity)
        user_note_seen(identity);
    return identity ? judge_origin(call) : error;
}

enum error_code authenticate_bearer(struct call *call)
{
    struct carillon_str bearer = bearer_of(call);
    return bearer.ptr ? identify(call, bearer) : ERROR_UNAUTHORIZED;
}

enum error_code authenticate(struct call *call)
{
    enum route_access access = call->route->access;
    if (access == ROUTE_PUBLIC)
        return ERROR_NONE;
    enum error_code error = authenticate_bearer(call);
    if (error != ERROR_NONE || access == ROUTE_ANY)
        return error;
    return call->identity->server == (access == ROUTE_SERVER) ? ERROR_NONE : ERROR_FORBIDDEN;
}

static void judged(void *arg, const struct carillon_failure *failure)
{
    struct call *call = arg;
    if (!http_is_awaited(call->request))
        call_forget(call);
    else if (failure)
        call_fail_failure(call, failure);
    else
        call->then_judged(call);
}

void authenticate_judge(struct call *call, void (*then)(struct call *call))
{
    const struct identity *identity = call->identity;
    if (!identity || identity->server ||
        !hooks_at(CARILLON_HOOK_AUTH, identity->app->name, (struct carillon_str){ 0 })) {
        then(call);
        return;
    }
    const struct hook_step step = {
        .point = CARILLON_HOOK_AUTH,
        .app = identity->app,
        .identity = identity,
        .address = call->address,
    };
    call->text = call_str(call, call->text); /* the listener's is gone when the verdict comes late */
    call->then_judged = then;
    hook_judge(&step, judged, call);
}
