/*
 * Sessions: one client's connection, of any transport, with its identity, subscriptions and queue.
 *
 * A session lives on the worker that accepted its connection, and ends with the connection. Transports know it by its
 * handle; the daemon's own code by pointer, which is good until the connection's closed() ran.
 *
 * To add a transport: write a codec (fanout/codec.h) and an endpoint or route (carillon/transport.h); from there on it
 * calls the session_* functions below through the host table, and gets what happens through carillon_session_ops.
 */
#ifndef CARILLON_SESSION_SESSION_H
#define CARILLON_SESSION_SESSION_H

#include "base/error.h"
#include "fanout/topic.h"
#include "listener/conn.h"
#include "loop/timer.h"
#include "session/identity.h"

/* A token bucket on monotonic time. */
struct rate {
    int64_t at_ms;
    uint32_t millis; /* thousandths of an action that may be done now */
};

/* Takes one; false when there is none. burst: actions; per_second: actions. */
bool rate_take(struct rate *rate, uint32_t burst, uint32_t per_second);

struct session {
    struct conn *conn;
    carillon_handle handle;
    const struct carillon_session_ops *ops;
    void *state; /* the transport's */
    const struct app *app;
    const struct identity *identity; /* NULL before sign-in */
    struct subscription **subscriptions;
    uint16_t subscription_count, subscription_room, attaching;
    uint8_t codec;
    bool deflated, closing;
    bool app_by_token;                         /* opened for no app: the first sign-in says which */
    bool judging;                              /* hooks have it, or its sign-in: further sign-ins wait */
    struct sign_in *sign_ins, **sign_ins_last; /* those that wait */
    struct wheel_item sweep;                   /* sign-in deadline, expiry, silence: one coarse look at all of them */
    int64_t opened_ms;                         /* monotonic */
    struct rate publishes, passings;
    struct watch_list *watching;            /* whose coming and going it is told (online.c); NULL: nobody's */
    struct session *user_next, **user_link; /* the others of this user on this worker (registry.c) */
    struct carillon_plugin_self *plugin;
    struct session *plugin_next, **plugin_link;
};

size_t sessions_count(void);
/* As the worker stops. */
void sessions_free_worker(void);

struct session *session_get(carillon_handle handle, enum carillon_result *why);
enum carillon_result session_open(struct carillon_plugin_self *plugin, carillon_handle conn, struct carillon_str app,
                                  const struct carillon_session_ops *ops, unsigned codec, void *state,
                                  carillon_handle *session);
/* The hooks have nothing against it (admit.c), and its transport hears so. */
void session_let_in(struct session *session);
/* Tells the transport why and closes the connection; the session ends when the connection does. A slow reader's unsent
   frames are dropped. Once; more calls do nothing. */
void session_close(struct session *session, enum error_code error, int64_t reconnect_after_ms);
/* The same in other words than the table's: a hook's. */
void session_close_with(struct session *session, enum error_code error, const struct carillon_failure *failure,
                        int64_t reconnect_after_ms);
/* Those of a plugin on this worker. */
size_t sessions_count_of(const struct carillon_plugin_self *plugin);
/* Closes all sessions of a plugin, or all (NULL), on this worker; each client in a moment of its own within spread_ms. */
void sessions_close_all(struct carillon_plugin_self *plugin, enum error_code error, int64_t spread_ms);

/* Signing in (sign_in.c): at once, then ops->signed_in from the loop. */
enum carillon_result session_sign_in(carillon_handle handle, enum carillon_credential kind,
                                     struct carillon_str credential, uint64_t cookie);
/* The transport vouches for who it is (vouch.c); user NULL: nobody in particular, who may sign in later. */
enum carillon_result session_vouch(carillon_handle handle, const struct carillon_user *user, struct carillon_str info);
enum carillon_result session_identity(carillon_handle handle, struct carillon_identity *identity);
/* The hooks have judged: those that waited are next. */
void session_continue_sign_ins(struct session *session);
/* As the session ends. */
void session_drop_sign_ins(struct session *session);

/* Subscribing (subscribe.c). */
enum carillon_result session_subscribe(carillon_handle handle, struct carillon_str channel, struct carillon_str epoch,
                                       uint64_t pos, uint64_t cookie);
enum carillon_result session_subscribe_with(carillon_handle handle, const struct carillon_subscribe *what,
                                            uint64_t cookie);
enum carillon_result session_unsubscribe(carillon_handle handle, struct carillon_str channel);
struct attach;
/* The home counted it in: joins the topic. NULL when memory is short. */
struct subscription *session_add_subscription(struct session *session, const struct attach *attach);
struct subscription *session_find_subscription(const struct session *session, struct carillon_str channel);
/* Ends it without being asked, and says why to the transport. */
void session_drop_subscription(struct subscription *subscription, const struct carillon_failure *failure);
/* All of them, silently, as the session ends. */
void session_end_subscriptions(struct session *session);
/* The connection's queue has drained: replays go on. Its owner is the session. */
void session_continue_replays(void *owner);
/* After sign-in the sweep looks at other things. */
void session_schedule_sweep(struct session *session);
size_t session_positions(carillon_handle handle, struct carillon_position *positions, size_t n);

/* Acting on a channel (act.c): through the pipeline. */
enum carillon_result session_publish(carillon_handle handle, const struct carillon_publish *publish, uint64_t cookie);
enum carillon_result session_typing(carillon_handle handle, struct carillon_str channel, bool active);
enum carillon_result session_mark_read(carillon_handle handle, struct carillon_str channel, uint64_t pos,
                                       uint64_t cookie);
enum carillon_result session_presence(carillon_handle handle, struct carillon_str channel, uint64_t cookie);

#endif
