/*
 * Carillon's plugin ABI.
 *
 * A plugin is a shared object that exports one symbol, `carillon_plugin_descriptor`. The daemon reads and checks it
 * before any code of the plugin runs, then calls init with the host table. Both grow only at their ends: test
 * `host->size >= offsetof(struct carillon_host, f) + sizeof host->f` before using a function newer than your minimum.
 *
 * ABI major 0 means: no promise yet, descriptor and daemon must match exactly. Major 1 begins with the first packages.
 *
 * Threads: init, start and stop run on the main thread. Everything else runs on workers; a host function is called on
 * the thread that its comment names. Whatever a plugin registers is noted in the host's ledger and undone at unload;
 * the object itself stays mapped.
 *
 * Changes:  0.1  the first. Since then, at the ends:
 *                session_ops.ended
 *                host: sign_in_seal (with the request), session_sign_in_sealed, failure_of
 *                host: json_depth_max
 *                hook.h: points, verdicts, patterns, fields of calls
 *                host: app_*, observer_add
 *                host: http_fetch, http_cancel
 *                published.held; storage.h: HELD_*, MEMBER_LIST of a role
 *                host: session_vouch, session_subscribe_with, session_watch
 *                ws_endpoint.judges_origin; session_ops: close_code, watched; event: routed, info, count
 *                host: storage_changed; storage.h: IMPORT
 *                app: webhooks' suffix and allow, relays; published as somebody; host: counter_add, counter_count, gauge_add,
 *                drain_add
 *                hook.h: verdict.then
 *                host: storage_told
 *                session_ops.opened
 *                host: worker_count, worker_self, worker_post, http_wait, conn_hold, conn_take, stream_watch (hold.h)
 *                codec.encode_members; subscribed.roster in place of infos; host: conn_send_parts,
 *                parts_copy
 */
#ifndef CARILLON_PLUGIN_H
#define CARILLON_PLUGIN_H

#include <carillon/app.h>
#include <carillon/drain.h>
#include <carillon/event.h>
#include <carillon/fetch.h>
#include <carillon/hold.h>
#include <carillon/hook.h>
#include <carillon/message.h>
#include <carillon/metric.h>
#include <carillon/observer.h>
#include <carillon/option.h>
#include <carillon/storage.h>
#include <carillon/transport.h>
#include <carillon/types.h>

#define CARILLON_ABI_MAJOR 0
#define CARILLON_ABI_MINOR 1
#define CARILLON_PLUGIN_MAGIC UINT64_C(0x6e6f6c6c69726163) /* "carillon" in memory order */

struct carillon_host;
struct carillon_plugin_self; /* the host's record of this plugin; the first argument of what it registers */

struct carillon_plugin {
    uint64_t magic;       /* CARILLON_PLUGIN_MAGIC */
    uint32_t struct_size; /* sizeof(struct carillon_plugin) */
    uint16_t abi_major, abi_minor;
    const char *name;    /* as in the configuration's list and its section of options: [a-z][a-z0-9_]* */
    const char *version; /* for people */
    const struct carillon_option *options; /* declared as section `name` before init */
    size_t option_count;
    /* Registers. error (256 bytes) says what is wrong and the cure when it fails. */
    enum carillon_result (*init)(const struct carillon_host *host, struct carillon_plugin_self *self, char *error);
    void (*stop)(void); /* after all it registered is gone; may be NULL */
};

#define CARILLON_PLUGIN(NAME, VERSION, ...)                                                                            \
    __attribute__((visibility("default")))                                                                             \
    const struct carillon_plugin carillon_plugin_descriptor = { .magic = CARILLON_PLUGIN_MAGIC,                        \
                                                                .struct_size = sizeof(struct carillon_plugin),         \
                                                                .abi_major = CARILLON_ABI_MAJOR,                       \
                                                                .abi_minor = CARILLON_ABI_MINOR,                       \
                                                                .name = NAME,                                          \
                                                                .version = VERSION,                                    \
                                                                __VA_ARGS__ }

typedef void (*carillon_task_fn)(void *arg);

struct carillon_host {
    size_t size;
    uint16_t abi_major, abi_minor;

    /* -- any thread -- */
    void (*log)(struct carillon_plugin_self *self, enum carillon_log_level level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    /* From the request's or the call's arena, zeroed, aligned for any type; NULL when memory or the arena's bound is reached. */
    void *(*arena_alloc)(struct carillon_arena *arena, size_t size);
    /* The plugin's own options from its section of the configuration; complete with defaults. Units as in option.h. The
       strings live until the plugin is unloaded. */
    int64_t (*option_int)(struct carillon_plugin_self *self, const char *name); /* INT, SIZE, DURATION, BOOL (0, 1) */
    struct carillon_str (*option_str)(struct carillon_plugin_self *self, const char *name);
    int64_t (*now_ms)(void);       /* wall time, to be shown */
    int64_t (*monotonic_ms)(void); /* for timers and budgets */

    /* -- main thread, in init -- */
    enum carillon_result (*storage_add)(struct carillon_plugin_self *self, const struct carillon_storage_ops *ops);
    enum carillon_result (*route_add)(struct carillon_plugin_self *self, const struct carillon_http_route *route);
    enum carillon_result (*ws_endpoint_add)(struct carillon_plugin_self *self,
                                            const struct carillon_ws_endpoint *endpoint);
    enum carillon_result (*codec_add)(struct carillon_plugin_self *self, const struct carillon_codec *codec,
                                      unsigned *id);
    enum carillon_result (*hook_add)(struct carillon_plugin_self *self, const struct carillon_hook *hook);

    /* -- the worker that calls or owns the handle -- */
    enum carillon_result (*timer_start)(struct carillon_plugin_self *self, int64_t after_ms, carillon_task_fn run,
                                        void *arg, carillon_handle *timer); /* once */
    enum carillon_result (*timer_stop)(carillon_handle timer);
    enum carillon_result (*hook_resume)(carillon_handle call, const struct carillon_verdict *verdict);
    void *(*encode_alloc)(struct carillon_encode *out, size_t size);
    void (*encode_done)(struct carillon_encode *out, size_t len);

    /* HTTP. name: in lower case. Answers copy what they are given. */
    struct carillon_str (*http_header)(carillon_handle request, const char *name);
    /* A decoded parameter of the query; absent if missing. Lives as long as the request. */
    struct carillon_str (*http_query)(carillon_handle request, const char *name);
    enum carillon_result (*http_respond)(carillon_handle request, unsigned status,
                                         const struct carillon_http_param *headers, size_t header_count,
                                         struct carillon_str body);
    /* RFC 9457, from the failure. */
    enum carillon_result (*http_respond_failure)(carillon_handle request, const struct carillon_failure *failure);
    /* Sends the head and turns the request into a connection that stays open for a session's events. */
    enum carillon_result (*http_stream)(carillon_handle request, unsigned status,
                                        const struct carillon_http_param *headers, size_t header_count,
                                        carillon_handle *conn);

    /* Connections. A text is put into a frame where the connection is a WebSocket. */
    enum carillon_result (*conn_send)(carillon_handle conn, struct carillon_str bytes);
    enum carillon_result (*conn_close)(carillon_handle conn, unsigned code, struct carillon_str reason);

    /*
     * Sessions. session_open binds one to a connection; it ends with the connection. app: its name in the
     * configuration; absent: the first sign-in says which. state is given to the ops.
     */
    enum carillon_result (*session_open)(struct carillon_plugin_self *self, carillon_handle conn,
                                         struct carillon_str app, const struct carillon_session_ops *ops,
                                         unsigned codec, void *state, carillon_handle *session);
    /* A token (JWT); again on a live session: a refresh, which must be of the same user. Answer: signed_in. */
    enum carillon_result (*session_sign_in)(carillon_handle session, struct carillon_str token, uint64_t cookie);
    /* A single-use ticket in place of a token. Answer: signed_in. */
    enum carillon_result (*session_redeem_ticket)(carillon_handle session, struct carillon_str ticket, uint64_t cookie);
    /* epoch absent: without recovery. Answer: subscribed. */
    enum carillon_result (*session_subscribe)(carillon_handle session, struct carillon_str channel,
                                              struct carillon_str epoch, uint64_t pos, uint64_t cookie);
    enum carillon_result (*session_unsubscribe)(carillon_handle session, struct carillon_str channel);
    /* Copies what it needs. Answer: published. */
    enum carillon_result (*session_publish)(carillon_handle session, const struct carillon_publish *publish,
                                            uint64_t cookie);
    enum carillon_result (*session_typing)(carillon_handle session, struct carillon_str channel, bool active);
    /* Answer: answered with {channel, pos, unread, mentions}. */
    enum carillon_result (*session_mark_read)(carillon_handle session, struct carillon_str channel, uint64_t pos,
                                              uint64_t cookie);
    /* Answer: answered with {channel, users:[{id, name}]}. */
    enum carillon_result (*session_presence)(carillon_handle session, struct carillon_str channel, uint64_t cookie);
    /* The positions of its subscriptions, as far as queued; returns how many there are, fills up to n. */
    size_t (*session_positions)(carillon_handle session, struct carillon_position *positions, size_t n);
    enum carillon_result (*session_identity)(carillon_handle session, struct carillon_identity *identity);

    /*
     * Checks a request's credential, and whether its page may use the app, before there is a session, so that it can be
     * refused with a status; and turns the credential into a sealed identity: signed, short, good for as long as the
     * token it began with, on every worker and after a restart (revocation counts). Its holder needs no other credential to come back. app as in session_open. out: at least
     * CARILLON_SEALED_SIZE bytes, NUL-terminated. TOO_LARGE: its rights do not fit. *failure is set unless OK.
     */
    enum carillon_result (*sign_in_seal)(struct carillon_plugin_self *self, carillon_handle request,
                                         struct carillon_str app, enum carillon_credential kind,
                                         struct carillon_str credential, char *out, struct carillon_failure *failure);
    /* A sealed identity in place of a token. Answer: signed_in. */
    enum carillon_result (*session_sign_in_sealed)(carillon_handle session, struct carillon_str sealed,
                                                   uint64_t cookie);
    /* What a client is told when a host function refused with this result. Any thread. */
    struct carillon_failure (*failure_of)(enum carillon_result result);
    /* limits.json_depth as it is now: the levels that a client's JSON may nest, the outermost counted. Any thread. */
    size_t (*json_depth_max)(void);

    /* Apps. Any thread. What is found is as it was at this moment, and good until the daemon ends; NULL: no such app. */
    const struct carillon_app *(*app_find)(enum carillon_app_by by, struct carillon_str value);
    const struct carillon_app *(*app_at)(size_t i); /* NULL: there are not so many */
    /* May a page of this origin, which came to this Host, use the app? An absent origin is no page. */
    bool (*app_allows_origin)(struct carillon_str app, struct carillon_str origin, struct carillon_str host);

    /*
     * Sessions whose rights the transport has looked into itself, such as by a signature with the app's secret.
     * session_vouch says who it is, without a token; user NULL: nobody in particular, who may sign in later. Somebody else
     * than who is signed in already: FORBIDDEN. info: what the person tells of itself (JSON); may be absent.
     */
    enum carillon_result (*session_vouch)(carillon_handle session, const struct carillon_user *user,
                                          struct carillon_str info);
    /* Answer: subscribed. */
    enum carillon_result (*session_subscribe_with)(carillon_handle session, const struct carillon_subscribe *what,
                                                   uint64_t cookie);
    /* From now on ops->watched tells of these users whether they are online: first how each is, then each change. Copies. */
    enum carillon_result (*session_watch)(carillon_handle session, const struct carillon_str *users, size_t n);

    /*
     * What an app's own server does, with all rights. On a worker; the answers come there, unless the result is a failure.
     * app: its name. exclude: the session that does not get the event, or 0.
     */
    enum carillon_result (*app_publish)(struct carillon_str app, const struct carillon_publish *publish,
                                        carillon_handle exclude, carillon_published_fn done, void *arg);
    /* An event on the personal channels of all sessions of a user. */
    enum carillon_result (*app_send)(struct carillon_str app, struct carillon_str user, struct carillon_str event,
                                     struct carillon_str data);
    /* Closes all sessions of a user; done is told how many. */
    enum carillon_result (*app_disconnect)(struct carillon_str app, struct carillon_str user, carillon_count_fn done,
                                           void *arg);
    /* These channels, in this order; all that are occupied and begin so; who is on one. */
    enum carillon_result (*app_channels)(struct carillon_str app, const struct carillon_str *names, size_t n,
                                         carillon_channels_fn done, void *arg);
    enum carillon_result (*app_occupied)(struct carillon_str app, struct carillon_str prefix, carillon_channels_fn done,
                                         void *arg);
    enum carillon_result (*app_members)(struct carillon_str app, struct carillon_str channel, carillon_users_fn done,
                                        void *arg);
    /* Whose token of the app (absent: of whichever) is this, and may they subscribe to the channel (absent: that is not asked)? */
    enum carillon_result (*app_check)(struct carillon_str app, struct carillon_str token, struct carillon_str channel,
                                      carillon_person_fn done, void *arg);

    /* Main thread, in init. */
    enum carillon_result (*observer_add)(struct carillon_plugin_self *self, const struct carillon_observer *observer);

    /*
     * Asks another server, on the calling worker; see fetch.h. *handle may be NULL. INVALID: an URL that is not http or https
     * or holds a user, or a header or method that may not be set; BUSY: too much is waiting.
     */
    enum carillon_result (*http_fetch)(struct carillon_plugin_self *self, const struct carillon_fetch *fetch,
                                       carillon_fetch_done_fn done, void *arg, carillon_handle *handle);
    enum carillon_result (*http_cancel)(carillon_handle fetch);

    /*
     * From a storage that notices what is written past this daemon: the conversation has changes up to pos, durable, the
     * last of which is of this type. What the daemon has delivered already is left alone, so its own changes may be told
     * too. pos 0: the conversation may be gone. conversation absent: any may have changed, be gone, or have begun a new
     * epoch. Strings are copied. Any thread.
     */
    void (*storage_changed)(struct carillon_plugin_self *self, struct carillon_str app,
                            struct carillon_str conversation, uint64_t pos, enum carillon_event_type type);

    /* Metrics. Main thread, in init; EXISTS: the daemon or another plugin has it. */
    enum carillon_result (*counter_add)(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                        unsigned *id);
    enum carillon_result (*gauge_add)(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                      carillon_gauge_fn read, void *arg);
    /* Any thread. */
    void (*counter_count)(unsigned id, uint64_t n);

    /* Main thread, in init. */
    enum carillon_result (*drain_add)(struct carillon_plugin_self *self, const struct carillon_drain *drain);

    /*
     * As storage_changed, with the change itself: it need not be read again when what is before it is known. The strings
     * and lists of the change are copied. Any thread.
     */
    void (*storage_told)(struct carillon_plugin_self *self, struct carillon_str app, struct carillon_str conversation,
                         const struct carillon_change *change);

    /*
     * Workers. worker_post runs the task there, in the order of one poster's calls. How many are under way is the plugin's
     * to bound; it is not unloaded before they ran. As the daemon ends some may never run.
     */
    unsigned (*worker_count)(void); /* any thread */
    unsigned (*worker_self)(void);  /* a worker's own index, below worker_count */
    enum carillon_result (*worker_post)(struct carillon_plugin_self *self, unsigned worker, carillon_task_fn run,
                                        void *arg); /* any thread; NO_MEMORY */
    /* The request will be answered later, in ms at most (in place of limits.request); gone is called if the client leaves
       before. On the request's worker. */
    enum carillon_result (*http_wait)(carillon_handle request, int64_t ms, carillon_task_fn gone, void *arg);
    /* On the calling worker, see hold.h. address: the client's, whose connections it counts to; which page opened it is the
       transport's to judge. LIMIT: there are as many connections, in all or of this address, as there may be. */
    enum carillon_result (*conn_hold)(struct carillon_plugin_self *self, struct carillon_str address,
                                      const struct carillon_hold *hold, void *state, carillon_handle *conn);
    enum carillon_result (*conn_take)(carillon_handle conn, carillon_take_fn take, void *arg);
    enum carillon_result (*stream_watch)(carillon_handle conn, const struct carillon_stream_watch *watch, void *state);
    /* Like conn_send, one message of these parts, of which lists of members are sent as they are kept for all. codec: as
       codec_add told. The first part and the last are text. */
    enum carillon_result (*conn_send_parts)(carillon_handle conn, unsigned codec, const struct carillon_part *parts,
                                            size_t n);
    /* The same as one text, for transports that wrap what they send: returns its length, and writes it where out is not NULL.
       0: memory is short. */
    size_t (*parts_copy)(unsigned codec, const struct carillon_part *parts, size_t n, char *out);
};

#endif
