#include "session/session.h"
#include "base/str.h"

#include "base/hash.h"
#include "channel/attach.h"
#include "session/registry.h"
#include "session/seen.h"
#include "session/sealed.h"

#include <stdlib.h>

/* The answer to a sign-in, which comes from the loop. */
struct answer {
    struct task task;
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

static void answer_run(struct task *task)
{
    struct answer *answer = (struct answer *)task;
    struct session *session = session_get(answer->session, NULL);
    if (session && !session->closing) {
        if (answer->error == ERROR_NONE)
            answer->error = session_take_identity(session, answer->identity);
        struct carillon_failure failure = error_failure(answer->error);
        struct carillon_identity shown = { .app = session->app->name };
        if (answer->error == ERROR_NONE) {
            shown.user = session->identity->user;
            shown.expires_ms = session->identity->expires_ms;
        }
        session->ops->signed_in(session->handle, session->state, answer->cookie, &shown,
                                answer->error == ERROR_NONE ? NULL : &failure);
        if (answer->error == ERROR_ORIGIN_REFUSED) /* no other token helps this page */
            session_close(session, ERROR_ORIGIN_REFUSED, 0);
    }
    identity_unref(answer->identity);
    free(answer);
}

static enum carillon_result sign_in_answer(struct session *session, uint64_t cookie, enum error_code error,
                                           struct identity *identity)
{
    struct answer *answer = malloc(sizeof *answer);
    if (!answer) {
        identity_unref(identity);
        return CARILLON_NO_MEMORY;
    }
    *answer = (struct answer){
        .task.run = answer_run, .session = session->handle, .cookie = cookie, .error = error, .identity = identity
    };
    post_task(worker_index(), &answer->task);
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
