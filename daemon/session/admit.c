#include "session/admit.h"

#include "hook/hook.h"
#include "session/session.h"

#include <stdlib.h>

/* A session that the hooks judge; a new one (opening) from the loop, since whoever opened it is still about it. */
struct admission {
    struct task task;
    carillon_handle session;
    bool opening;
};

static struct carillon_str app_if_known(const struct session *session)
{
    return session->app_by_token ? (struct carillon_str){ 0 } : session->app->name;
}

static void session_judged(void *arg, const struct carillon_failure *failure)
{
    struct admission *admission = arg;
    struct session *session = session_get(admission->session, NULL);
    bool opening = admission->opening;
    free(admission);
    if (!session || session->closing)
        return;
    session->judging = false;
    if (failure) {
        session_close_with(session, ERROR_HOOK, failure, 0);
        return;
    }
    if (opening)
        session_let_in(session);
    session_continue_sign_ins(session);
}

static void admission_run(struct task *task)
{
    struct admission *admission = (struct admission *)task;
    struct session *session = session_get(admission->session, NULL);
    if (!session || session->closing) {
        free(admission);
        return;
    }
    const struct hook_step step = { .point = CARILLON_HOOK_CONNECT,
                                    .app = session->app_by_token ? NULL : session->app,
                                    .session = session->handle,
                                    .address = conn_address(session->conn) };
    hook_judge(&step, session_judged, admission);
}

enum carillon_result session_judge_connect(struct session *session)
{
    if (!hooks_at(CARILLON_HOOK_CONNECT, app_if_known(session), (struct carillon_str){ 0 })) {
        session_let_in(session);
        return CARILLON_OK;
    }
    struct admission *admission = malloc(sizeof *admission);
    if (!admission)
        return CARILLON_NO_MEMORY;
    *admission = (struct admission){ .task.run = admission_run, .session = session->handle, .opening = true };
    session->judging = true;
    post_task(worker_index(), &admission->task);
    return CARILLON_OK;
}

bool session_judge_sign_in(struct session *session, const struct identity *identity, hook_answered_fn judged, void *arg)
{
    if (!hooks_at(CARILLON_HOOK_AUTH, identity->app->name, (struct carillon_str){ 0 }))
        return false;
    const struct hook_step step = { .point = CARILLON_HOOK_AUTH,
                                    .app = identity->app,
                                    .identity = identity,
                                    .session = session->handle,
                                    .address = conn_address(session->conn) };
    session->judging = true;
    hook_judge(&step, judged, arg);
    return true;
}

void session_judge_vouched(struct session *session, const struct identity *identity)
{
    if (identity_is_anonymous(identity))
        return;
    struct admission *admission = malloc(sizeof *admission);
    if (!admission)
        abort(); /* must hold: who is to be kept out would be in */
    *admission = (struct admission){ .session = session->handle };
    if (!session_judge_sign_in(session, identity, session_judged, admission))
        free(admission);
}

/* The personal channel and the list of conversations are the daemon's own. */
static bool hooks_concern(enum carillon_hook_point point, const struct app *app, struct carillon_str channel)
{
    return channel.len && channel.ptr[0] != '#' && hooks_at(point, app->name, channel);
}

bool session_judge_subscribe(struct session *session, const struct identity *identity, struct carillon_str channel,
                             hook_answered_fn judged, void *arg)
{
    if (!hooks_concern(CARILLON_HOOK_SUBSCRIBE, session->app, channel))
        return false;
    const struct hook_step step = { .point = CARILLON_HOOK_SUBSCRIBE,
                                    .app = session->app,
                                    .identity = identity,
                                    .session = session->handle,
                                    .channel = channel,
                                    .address = conn_address(session->conn) };
    hook_judge(&step, judged, arg);
    return true;
}

void session_tell_unsubscribed(struct session *session, const struct identity *identity, struct carillon_str channel)
{
    if (!hooks_concern(CARILLON_HOOK_UNSUBSCRIBE, session->app, channel))
        return;
    const struct hook_step step = { .point = CARILLON_HOOK_UNSUBSCRIBE,
                                    .app = session->app,
                                    .identity = identity,
                                    .session = session->handle,
                                    .channel = channel };
    hook_tell(&step);
}
