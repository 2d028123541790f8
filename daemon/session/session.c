#include "session/session.h"

#include "base/handle.h"
#include "session/admit.h"
#include "session/limits.h"
#include "session/online.h"
#include "session/registry.h"
#include "session/token.h"
#include "stats/stats.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_SECONDS = 10 };

static atomic_size_t session_count;
static _Thread_local struct session *all_sessions; /* of this worker */

size_t sessions_count(void)
{
    return atomic_load_explicit(&session_count, memory_order_relaxed);
}

struct session *session_get(carillon_handle handle, enum carillon_result *why)
{
    return handle_get(handle, HANDLE_SESSION, why);
}

bool rate_take(struct rate *rate, uint32_t burst, uint32_t per_second)
{
    int64_t now = loop_monotonic_ms();
    uint64_t gained = (uint64_t)(now - rate->at_ms) * per_second; /* thousandths */
    uint64_t full = (uint64_t)burst * 1000;
    uint64_t millis = rate->at_ms ? rate->millis + gained : full;
    if (millis > full)
        millis = full;
    rate->at_ms = now;
    rate->millis = (uint32_t)(millis < 1000 ? millis : millis - 1000);
    return millis >= 1000;
}

/* ---- closing ---- */

void session_close_with(struct session *session, enum error_code error, const struct carillon_failure *failure,
                        int64_t reconnect_after_ms)
{
    if (session->closing)
        return;
    session->closing = true;
    stats_count_closed(error);
    if (session->ops->closing)
        session->ops->closing(session->handle, session->state, failure, reconnect_after_ms);
    struct carillon_str reason = { failure->code, strlen(failure->code) };
    unsigned code = session->ops->close_code ? session->ops->close_code(failure) : 0;
    conn_close(session->conn, code ? code : error_close_code(error), reason, error == ERROR_SLOW_CONSUMER);
}

void session_close(struct session *session, enum error_code error, int64_t reconnect_after_ms)
{
    struct carillon_failure failure = error_failure(error);
    session_close_with(session, error, &failure, reconnect_after_ms);
}

static void session_unlink(struct session *session)
{
    *session->plugin_link = session->plugin_next;
    if (session->plugin_next)
        session->plugin_next->plugin_link = session->plugin_link;
}

/* The connection is gone, and the session with it. */
static void session_end(void *owner)
{
    struct session *session = owner;
    const struct carillon_session_ops *ops = session->ops;
    session->closing = true;
    handle_close(session->handle);
    wheel_clear(&session->sweep);
    session_end_subscriptions(session);
    online_unwatch(session);
    session_drop_sign_ins(session);
    registry_remove(session);
    session_unlink(session);
    identity_unref(session->identity);
    atomic_fetch_sub_explicit(&session_count, 1, memory_order_relaxed);
    if (ops->size > offsetof(struct carillon_session_ops, ended) && ops->ended)
        ops->ended(session->state);
    free(session);
}

/* ---- the coarse look: not signed in, expired, silent ---- */

static bool sweep_identity(struct session *session)
{
    int64_t age = loop_monotonic_ms() - session->opened_ms;
    enum error_code error = ERROR_NONE;
    if (!session->identity)
        error = age >= session_limits()->unauthenticated_ms ? ERROR_UNAUTHENTICATED_TIMEOUT : ERROR_NONE;
    else if (session->identity->expires_ms && session->identity->expires_ms <= loop_wall_ms())
        error = ERROR_TOKEN_EXPIRED;
    else if (identity_is_revoked(session->identity))
        error = ERROR_TOKEN_REVOKED;
    if (error != ERROR_NONE)
        session_close(session, error, 0);
    return error == ERROR_NONE;
}

static unsigned sweep_next_seconds(const struct session *session)
{
    int64_t left = session_limits()->idle_ms / 4 < SWEEP_SECONDS * 1000 ? session_limits()->idle_ms / 4
                                                                        : SWEEP_SECONDS * 1000;
    if (!session->identity)
        left = session_limits()->unauthenticated_ms - (loop_monotonic_ms() - session->opened_ms);
    else if (session->identity->expires_ms && session->identity->expires_ms - loop_wall_ms() < left)
        left = session->identity->expires_ms - loop_wall_ms();
    return left > 0 ? (unsigned)(left / 1000) : 0;
}

static void session_sweep(struct wheel_item *item)
{
    struct session *session = (struct session *)((char *)item - offsetof(struct session, sweep));
    if (session->closing || !sweep_identity(session))
        return;
    if (conn_is_websocket(session->conn)) {
        int64_t silent = conn_idle_ms(session->conn);
        if (silent >= session_limits()->idle_ms) {
            session_close(session, ERROR_IDLE_TIMEOUT, 0);
            return;
        }
        if (silent >= session_limits()->idle_ms / 2)
            conn_ping(session->conn);
    }
    wheel_set(&session->sweep, sweep_next_seconds(session));
}

void session_schedule_sweep(struct session *session)
{
    wheel_set(&session->sweep, sweep_next_seconds(session));
}

/* ---- opening ---- */

static size_t session_flushing(void *owner, char *out, size_t room)
{
    struct session *session = owner;
    return session->ops->flushing ? session->ops->flushing(session->handle, session->state, out, room) : 0;
}

static void session_too_slow(void *owner)
{
    session_close(owner, ERROR_SLOW_CONSUMER, 0);
}

static const struct conn_owner_ops owner_ops = { .closed = session_end,
                                                 .flushing = session_flushing,
                                                 .drained = session_continue_replays,
                                                 .too_slow = session_too_slow };
/* Without a trailer of its own a transport's flush costs no call. */
static const struct conn_owner_ops plain_owner_ops = { .closed = session_end,
                                                       .drained = session_continue_replays,
                                                       .too_slow = session_too_slow };

static struct session *session_new(struct conn *conn, const struct app *app, const struct carillon_session_ops *ops,
                                   unsigned codec, void *state)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->conn = conn;
    session->app = app;
    session->ops = ops;
    session->state = state;
    session->codec = (uint8_t)codec;
    session->deflated = conn_takes_deflated(conn);
    session->opened_ms = loop_monotonic_ms();
    session->sign_ins_last = &session->sign_ins;
    session->sweep.run = session_sweep;
    session->handle = handle_open(HANDLE_SESSION, session);
    if (!session->handle) {
        free(session);
        return NULL;
    }
    return session;
}

void session_let_in(struct session *session)
{
    const struct carillon_session_ops *ops = session->ops;
    if (ops->size > offsetof(struct carillon_session_ops, opened) && ops->opened)
        ops->opened(session->handle, session->state);
}

enum carillon_result session_open(struct carillon_plugin_self *plugin, carillon_handle conn_handle,
                                  struct carillon_str app_name, const struct carillon_session_ops *ops, unsigned codec,
                                  void *state, carillon_handle *handle)
{
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(conn_handle, &why);
    const struct app *app = app_find(app_name);
    if (!conn)
        return why;
    if (!app)
        return CARILLON_NOT_FOUND;
    if (codec >= CODEC_MAX)
        return CARILLON_INVALID;
    if (app_name.ptr && !conn_is_allowed_by(conn, app))
        return CARILLON_FORBIDDEN;
    struct session *session = session_new(conn, app, ops, codec, state);
    if (!session)
        return CARILLON_NO_MEMORY;
    conn_set_owner(conn, ops->flushing ? &owner_ops : &plain_owner_ops, session);
    session->app_by_token = !app_name.ptr;
    session->plugin = plugin;
    session->plugin_next = all_sessions;
    session->plugin_link = &all_sessions;
    if (all_sessions)
        all_sessions->plugin_link = &session->plugin_next;
    all_sessions = session;
    atomic_fetch_add_explicit(&session_count, 1, memory_order_relaxed);
    session_schedule_sweep(session);
    stats_count(STAT_SESSIONS);
    *handle = session->handle;
    return session_judge_connect(session);
}

size_t sessions_count_of(const struct carillon_plugin_self *plugin)
{
    size_t n = 0;
    for (const struct session *session = all_sessions; session; session = session->plugin_next)
        n += session->plugin == plugin;
    return n;
}

void sessions_close_all(struct carillon_plugin_self *plugin, enum error_code error, int64_t spread_ms)
{
    struct session *session = all_sessions, *next;
    for (; session; session = next) {
        next = session->plugin_next;
        if (!plugin || session->plugin == plugin)
            session_close(session, error, spread_ms ? (int64_t)(random() % spread_ms) : 0);
    }
}

/* The loop has ended: nobody is told, since nobody would hear it. */
void sessions_free_worker(void)
{
    while (all_sessions) {
        struct session *session = all_sessions;
        conn_set_owner(session->conn, NULL, NULL);
        session_end(session);
    }
}
