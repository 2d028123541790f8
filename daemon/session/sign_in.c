#include "session/session.h"
#include "base/str.h"

#include "base/hash.h"
#include "channel/attach.h"
#include "session/admit.h"
#include "session/registry.h"
#include "session/seen.h"
#include "session/sealed.h"

#include <stdlib.h>

/* A sign-in whose credential was checked; it is answered from the loop. */
struct sign_in {
    struct task task;
    struct sign_in *next; /* that waits */
    carillon_handle session;
    uint64_t cookie;
    enum error_code error;
    struct identity *identity;
};

static void personal_attached(struct attach *attach)
{
    struct session *session = session_get(attach->session, NULL);
    struct carillon_str name = { attach->name, attach->name_len };
    if (!session || session->closing) {
        if (attach->error == ERROR_NONE)
            channel_detach(attach->app, name, attach->identity);
    } else if (attach->error == ERROR_NONE) {
        session_add_subscription(session, attach);
    }
    attach_free(attach);
}

/* Everybody signed in hears what concerns them alone. */
static void personal_attach(struct session *session)
{
    char name[PERSONAL_NAME_SIZE];
    struct carillon_str topic = channel_name_personal(name, session->identity->user.id);
    struct attach *attach = attach_new(session->app, session->identity, topic, (struct carillon_str){ 0 }, 0);
    if (!attach)
        return;
    attach->session = session->handle;
    attach->done = personal_attached;
    channel_attach(attach);
}

static bool same_user(const struct identity *a, const struct identity *b)
{
    return a->app == b->app && str_equal(a->user.id, b->user.id);
}

/* The first sign-in, or a refresh by the same user. */
static enum error_code session_take_identity(struct session *session, struct identity *identity)
{
    const struct identity *old = session->identity;
    if (session->app_by_token && !old)
        session->app = identity->app;
    if (identity->app != session->app || (old && !same_user(old, identity)))
        return ERROR_FORBIDDEN;
    if (!conn_is_allowed_by(session->conn, session->app))
        return ERROR_ORIGIN_REFUSED;
    session->identity = identity_ref(identity);
    session_schedule_sweep(session);
    if (old) {
        identity_unref(old);
        return ERROR_NONE;
    }
    registry_add(session);
    user_note_seen(identity);
    personal_attach(session);
    return ERROR_NONE;
}

static void sign_in_free(struct sign_in *sign_in)
{
    identity_unref(sign_in->identity);
    free(sign_in);
}

/* refused: a hook's words, or NULL. */
static void sign_in_settle(struct session *session, struct sign_in *sign_in, const struct carillon_failure *refused)
{
    if (sign_in->error == ERROR_NONE && !refused)
        sign_in->error = session_take_identity(session, sign_in->identity);
    struct carillon_failure failure = refused ? *refused : error_failure(sign_in->error);
    bool good = sign_in->error == ERROR_NONE && !refused;
    struct carillon_identity shown = { .app = session->app->name };
    if (good) {
        shown.user = session->identity->user;
        shown.expires_ms = session->identity->expires_ms;
    }
    session->ops->signed_in(session->handle, session->state, sign_in->cookie, &shown, good ? NULL : &failure);
    if (sign_in->error == ERROR_ORIGIN_REFUSED) /* no other token helps this page */
        session_close(session, ERROR_ORIGIN_REFUSED, 0);
    sign_in_free(sign_in);
}

static void sign_in_judged(void *arg, const struct carillon_failure *refused)
{
    struct sign_in *sign_in = arg;
    struct session *session = session_get(sign_in->session, NULL);
    if (!session || session->closing) {
        sign_in_free(sign_in);
        return;
    }
    session->judging = false;
    sign_in_settle(session, sign_in, refused);
    session_continue_sign_ins(session);
}

void session_continue_sign_ins(struct session *session)
{
    while (session->sign_ins && !session->judging && !session->closing) {
        struct sign_in *sign_in = session->sign_ins;
        session->sign_ins = sign_in->next;
        if (!session->sign_ins)
            session->sign_ins_last = &session->sign_ins;
        if (sign_in->error != ERROR_NONE || !session_judge_sign_in(session, sign_in->identity, sign_in_judged, sign_in))
            sign_in_settle(session, sign_in, NULL);
    }
}

void session_drop_sign_ins(struct session *session)
{
    while (session->sign_ins) {
        struct sign_in *sign_in = session->sign_ins;
        session->sign_ins = sign_in->next;
        sign_in_free(sign_in);
    }
}

static void sign_in_run(struct task *task)
{
    struct sign_in *sign_in = (struct sign_in *)task;
    struct session *session = session_get(sign_in->session, NULL);
    if (!session || session->closing) {
        sign_in_free(sign_in);
        return;
    }
    *session->sign_ins_last = sign_in;
    session->sign_ins_last = &sign_in->next;
    session_continue_sign_ins(session);
}

static enum carillon_result sign_in_answer(struct session *session, uint64_t cookie, enum error_code error,
                                           struct identity *identity)
{
    struct sign_in *sign_in = malloc(sizeof *sign_in);
    if (!sign_in) {
        identity_unref(identity);
        return CARILLON_NO_MEMORY;
    }
    *sign_in = (struct sign_in){
        .task.run = sign_in_run, .session = session->handle, .cookie = cookie, .error = error, .identity = identity
    };
    post_task(worker_index(), &sign_in->task);
    return CARILLON_OK;
}

enum carillon_result session_sign_in(carillon_handle handle, enum carillon_credential kind,
                                     struct carillon_str credential, uint64_t cookie)
{
    enum carillon_result why = CARILLON_OK;
    struct identity *identity = NULL;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    const struct app *app = session->app_by_token && !session->identity ? NULL : session->app;
    enum error_code error = credential_check(app, kind, credential, &identity);
    return sign_in_answer(session, cookie, error, identity);
}

enum carillon_result session_identity(carillon_handle handle, struct carillon_identity *identity)
{
    enum carillon_result why = CARILLON_OK;
    struct session *session = session_get(handle, &why);
    if (!session)
        return why;
    *identity = (struct carillon_identity){ .app = session->app->name };
    if (session->identity) {
        identity->user = session->identity->user;
        identity->expires_ms = session->identity->expires_ms;
    }
    return CARILLON_OK;
}
