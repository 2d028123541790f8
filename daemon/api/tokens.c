#include "api/tokens.h"
#include "api/input.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "listener/http.h"
#include "loop/worker.h"
#include "message/json.h"
#include "session/registry.h"
#include "session/throttle.h"
#include "session/token.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUEST_PREFIX "g_"
enum { GUEST_NAME_MAX_CHARACTERS = 40, GUEST_NAME_MAX = 80, JWT_MAX = 8192 };
enum { GUESTS_AT_ONCE = 60, TICKETS_AT_ONCE = 30, TICKET_INTERVAL_US = 1000000, MINUTE_US = 60000000 };

static void write_token(struct call *call, struct carillon_str token, int64_t expires_ms,
                        const struct carillon_user *user)
{
    json_object_begin(&call->out, NULL);
    json_write_str(&call->out, "token", token);
    json_write_int(&call->out, "expires_at", expires_ms);
    json_write_user(&call->out, "user", user);
    json_object_end(&call->out);
}

void reply_new_token(struct call *call, unsigned status, const struct app *app, struct carillon_user user,
                     int64_t ttl_ms, const json_t *rights)
{
    char *token;
    int64_t expires_ms;
    enum carillon_result result = token_issue(app, user, ttl_ms, rights, &token, &expires_ms);
    if (result != CARILLON_OK) {
        call_fail_result(call, result);
        return;
    }
    write_token(call, (struct carillon_str){ token, strlen(token) }, expires_ms, &user);
    free(token);
    call_reply(call, status);
}

/* ---- guests ---- */

/* An IPv6 network gives its users 2^64 addresses: they count as one. */
static struct carillon_str network_of(struct carillon_str address, unsigned char bytes[16])
{
    enum { NETWORK_BYTES = 8 };
    if (address.ptr && inet_pton(AF_INET6, address.ptr, bytes) == 1)
        return (struct carillon_str){ (const char *)bytes, NETWORK_BYTES };
    return address.ptr ? address : CARILLON_STR("");
}

static size_t count_characters(struct carillon_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return n;
}

struct guest {
    const struct app *app;
    struct carillon_user user;
    char id[sizeof GUEST_PREFIX + RANDOM_NAME_SIZE];
};

static void guest_stored(struct carillon_storage_request *request, void *arg)
{
    struct call *call = arg;
    const struct guest *guest = call->state;
    enum carillon_result result = request->result;
    storage_request_free(request);
    if (result == CARILLON_EXISTS)
        call_fail(call, ERROR_NAME_TAKEN);
    else if (result < 0)
        call_fail_result(call, result);
    else
        reply_new_token(call, 201, guest->app, guest->user, app_settings(guest->app)->token_ttl, NULL);
}

static void guest_create(struct call *call, const struct app *app, struct carillon_str name)
{
    char random[RANDOM_NAME_SIZE];
    unsigned char network[16];
    const struct app_settings *settings = app_settings(app);
    if (!settings->guest) {
        call_fail(call, ERROR_GUESTS_REFUSED);
        return;
    }
    if (settings->guest_rate && !throttle_take("guest", app->name, network_of(call->address, network), GUESTS_AT_ONCE,
                                               MINUTE_US / settings->guest_rate)) {
        call_fail(call, ERROR_RATE_LIMITED);
        return;
    }
    struct guest *guest = call_alloc(call, sizeof *guest);
    struct carillon_storage_request *request = guest ? storage_request_new(CARILLON_STORAGE_USER_PUT, app->name) : NULL;
    if (!request) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    random_make_name(random);
    snprintf(guest->id, sizeof guest->id, GUEST_PREFIX "%s", random);
    guest->app = app;
    guest->user = (struct carillon_user){ { guest->id, strlen(guest->id) }, name };
    call->state = guest;
    request->in.user = guest->user;
    request->in.unique_name = settings->guest_names_unique;
    request->in.now_ms = loop_wall_ms();
    storage_submit(request, guest_stored, call);
}

/* ---- routes ---- */

static void check_jwt(struct call *call, const struct app *app, struct carillon_str jwt)
{
    struct identity *identity;
    enum error_code error = token_verify(app, jwt, &identity);
    if (error == ERROR_NONE && !http_belongs_to(call->request, identity->app))
        error = ERROR_ORIGIN_REFUSED;
    if (error == ERROR_NONE) {
        write_token(call, jwt, identity->expires_ms, &identity->user);
        call_reply(call, 201);
    } else {
        call_fail(call, error);
    }
    identity_unref(identity);
}

void tokens_create(struct call *call)
{
    bool named = input_has(call, "app");
    struct carillon_str app_name = input_str(call, "app", OPTIONAL, 1, 64);
    struct carillon_str jwt = input_str(call, "jwt", OPTIONAL, 1, JWT_MAX);
    struct carillon_str name = { 0 };
    if (!jwt.ptr)
        name = input_line(call, "name", REQUIRED, GUEST_NAME_MAX);
    if (name.ptr && count_characters(name) > GUEST_NAME_MAX_CHARACTERS)
        input_wrong(call, "name", "at most %d characters are allowed", GUEST_NAME_MAX_CHARACTERS);
    if (!input_end(call))
        return;
    const struct app *app = named || !jwt.ptr ? app_find(app_name) : NULL;
    if (!app && (named || !jwt.ptr))
        call_fail(call, ERROR_UNKNOWN_APP);
    else if (jwt.ptr)
        check_jwt(call, app, jwt);
    else if (http_belongs_to(call->request, app))
        guest_create(call, app, name);
    else
        call_fail(call, ERROR_ORIGIN_REFUSED);
}

void tokens_refresh(struct call *call)
{
    const struct identity *identity = call->identity;
    if (!input_end(call))
        return;
    if (!identity->own_token) {
        call_fail_with(call, ERROR_FORBIDDEN, "This token was made by the application's backend: get a new one there.");
        return;
    }
    json_t *rights = identity_rights(identity);
    reply_new_token(call, 200, identity->app, identity->user, app_settings(identity->app)->token_ttl,
                    json_object_size(rights) ? rights : NULL);
    json_decref(rights);
}

void tickets_create(struct call *call)
{
    char ticket[TICKET_SIZE];
    int64_t expires_ms;
    if (!input_end(call))
        return;
    if (!throttle_take("ticket", call_app(call)->name, call->identity->user.id, TICKETS_AT_ONCE, TICKET_INTERVAL_US)) {
        call_fail(call, ERROR_RATE_LIMITED);
        return;
    }
    enum carillon_result result = ticket_issue(call->identity, ticket, &expires_ms);
    if (result != CARILLON_OK) {
        call_fail_result(call, result);
        return;
    }
    json_object_begin(&call->out, NULL);
    json_write_text(&call->out, "ticket", ticket);
    json_write_int(&call->out, "expires_at", expires_ms);
    json_object_end(&call->out);
    call_reply(call, 201);
}

/* ---- revocation ---- */

struct revoking {
    struct carillon_str user, token_id;
    enum error_code error;
    void (*then)(struct call *call, size_t sessions);
};

static void disconnected(void *arg, size_t count)
{
    struct call *call = arg;
    ((struct revoking *)call->then_arg)->then(call, count);
}

static void revocation_stored(struct call *call, struct carillon_storage_request *request)
{
    const struct revoking *revoking = call->then_arg;
    enum carillon_result result = token_revoke(call_app(call), revoking->user, revoking->token_id, request->in.now_ms,
                                               request->in.expires_ms);
    if (result != CARILLON_OK) {
        call_fail_result(call, result);
        return;
    }
    sessions_disconnect(call_app(call), revoking->user, revoking->token_id, revoking->error, disconnected, call);
}

void call_revoke(struct call *call, struct carillon_str user, struct carillon_str token_id, enum error_code error,
                 void (*then)(struct call *call, size_t sessions))
{
    struct revoking *revoking = call_alloc(call, sizeof *revoking);
    struct carillon_storage_request *request = call_request(call, CARILLON_STORAGE_REVOCATION_PUT);
    if (!request)
        return;
    if (!revoking) {
        call_fail(call, ERROR_BUSY);
        return;
    }
    *revoking = (struct revoking){ user, token_id, error, then };
    call->then_arg = revoking;
    request->in.user = token_id.len ? (struct carillon_user){ 0 } : (struct carillon_user){ .id = user };
    request->in.id = token_id;
    request->in.expires_ms = request->in.now_ms + tokens_lifetime_max();
    call_ask(call, request, revocation_stored);
}

/* A guest who signs out is never back under this id, so the name is free again; who looks them up finds "Ada (left)". */
static void name_released(struct carillon_storage_request *request, void *arg)
{
    (void)arg;
    if (request->result < 0)
        log_warning("api", "the name of guest %s was not released: %s", request->in.user.id.ptr,
                    result_text(request->result));
    storage_request_free(request);
}

static void release_name(const struct identity *guest)
{
    static const char left[] = " (left)";
    char name[GUEST_NAME_MAX + sizeof left];
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_USER_PUT, guest->app->name);
    if (!request)
        return;
    size_t kept = utf8_cut(guest->user.name.ptr, guest->user.name.len, GUEST_NAME_MAX - (sizeof left - 1));
    int len = snprintf(name, sizeof name, "%.*s%s", (int)kept, guest->user.name.ptr, left);
    request->in.user.id = storage_request_str(request, guest->user.id);
    request->in.user.name = storage_request_str(request, (struct carillon_str){ name, (size_t)len });
    request->in.now_ms = loop_wall_ms();
    storage_submit(request, name_released, NULL);
}

static void signed_out(struct call *call, size_t sessions)
{
    const struct identity *who = call->identity;
    (void)sessions;
    if (who->own_token && strncmp(who->user.id.ptr, GUEST_PREFIX, sizeof GUEST_PREFIX - 1) == 0)
        release_name(who);
    call_reply_empty(call);
}

void tokens_revoke(struct call *call)
{
    if (call->identity->token_id.len == 0)
        call_fail_with(call, ERROR_INVALID_REQUEST, "This token has no id (jti) by which it could be revoked.");
    else
        call_revoke(call, call->identity->user.id, call->identity->token_id, ERROR_TOKEN_REVOKED, signed_out);
}
