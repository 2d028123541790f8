/*
 * What the files of listener/ share. A connection goes through them in this order:
 *
 *   bind.c      sockets that listen, lock files
 *   accept.c    accepts, chooses the worker, limits (peer.c counts addresses); refuse.c answers whom it does not take
 *   poll.c      each worker's epoll set, and libwebsockets' event operations on it
 *   callback.c  what libwebsockets says: a request, a piece of a body, a message, a close
 *   request.c   an HTTP request copied out of it;  serve.c finds who serves it (policy.c: Host and Origin; route.c)
 *   respond.c   the answer;  stream.c an answer that stays open
 *   upgrade.c   WebSocket handshakes (deflate.c negotiates);  message.c puts messages together;  close.c ends them
 *   conn.c      the life of a connection;  held.c one without a socket
 *   flush.c     who is written to at the end of the loop's turn;  write.c one write of what is queued
 *
 * Everything here belongs to one worker unless it says otherwise.
 */
#ifndef CARILLON_LISTENER_PRIVATE_H
#define CARILLON_LISTENER_PRIVATE_H

#include "base/error.h"
#include "base/utf8.h"
#include "listener/conn.h"
#include "listener/deflate.h"
#include "listener/route.h"
#include "listener/settings.h"
#include "loop/post.h"
#include "loop/timer.h"
#include <libwebsockets.h>

enum {
    WRITE_MAX = 16384,    /* of one write, so of the copy that libwebsockets makes when a socket is full */
    WRITE_TAIL = 8192,    /* besides, what an owner may add at a flush */
    SERVE_BUFFER = 16384, /* of libwebsockets, a worker */
    HEAD_READ_MAX = SERVE_BUFFER - LWS_PRE, /* what it reads of headers at once */
    READ_MAX = 256,                         /* rx_buffer_size: every WebSocket holds one */
    READS_A_TURN = 64, /* how often a message that is under way is read on before the others have their turn */
    CLOSE_SECONDS = 5,
    LINGER_SECONDS = 3,
};

enum conn_kind {
    CONN_SILENT, /* accepted; not a byte came, libwebsockets does not know it yet */
    CONN_HTTP,   /* between or within requests */
    CONN_STREAM, /* an answer that stays open */
    CONN_WS,
    CONN_HELD,   /* no socket: what is queued waits until its owner takes it (held.c) */
    CONN_LINGER, /* answered for the last time; what still comes is thrown away, so that the answer is not */
};

struct peer; /* an address and how many connections it has */
struct request;
struct ws_partial;

struct conn {
    struct lws *wsi; /* NULL: silent, or gone */
    int fd;
    uint8_t kind;       /* enum conn_kind */
    uint8_t place;      /* index into settings' places */
    uint16_t armed;     /* what epoll watches: EPOLLIN, EPOLLOUT, EPOLLRDHUP */
    bool lws_reads : 1; /* what libwebsockets wishes to be told of */
    bool lws_writes : 1;
    bool full : 1;        /* the socket did not take all that was written directly (write.c) */
    bool in_flush : 1;    /* in the worker's flush list */
    bool flushing : 1;    /* being written just now */
    bool servicing : 1;   /* inside lws_service_fd for reading */
    bool in_callback : 1; /* libwebsockets called us: it must not be told to close the connection */
    bool kill_wanted : 1; /* ... so it is done on the way back */
    bool paused : 1;      /* a pong waits; reading goes on when it is out */
    bool proxied : 1;     /* the peer is a proxy because of where it connected */
    bool tls : 1;
    bool deflate : 1;      /* permessage-deflate was agreed */
    bool deflate_full : 1; /* with a window of 15 bits towards the client */
    bool closing : 1;      /* conn_close was called, or libwebsockets closes: nothing more is queued */
    bool close_sent : 1;
    bool dead : 1;
    bool low_water_armed : 1;
    uint16_t close_code; /* WebSocket: what we want to close with; what the peer closed with once close_seen */
    bool close_seen : 1;
    struct {
        uint32_t bytes;
        uint16_t lines, params;
    } head;                /* of headers that have come in part */
    uint32_t written_last; /* bytes of the write that did not fit: libwebsockets copied at most so many; 0: none */
    uint32_t low_water;
    struct outq queue;
    struct conn *next_flush;
    struct conn *prev, *next; /* all of the worker */
    carillon_handle handle;
    int64_t received_ms;
    const struct conn_owner_ops *owner_ops;
    void *owner;
    struct peer *peer; /* NULL: not counted (yet) */
    union {
        struct request *request;                     /* CONN_HTTP, and a WebSocket until it is established */
        const struct carillon_ws_endpoint *endpoint; /* CONN_WS */
        const struct carillon_hold *hold;            /* CONN_HELD */
    };
    void *endpoint_state;       /* of the hold, too */
    struct ws_partial *partial; /* a message that came in part */
    char *close_reason;
    char *origin;               /* of the foreign page that opened it; NULL: none, or its endpoint has judged it */
    struct wheel_item deadline; /* what it is for follows from kind and state */
};

/* One worker's part of the listener. */
struct lworker {
    unsigned index;
    int epoll_fd;
    struct event *poll_event, *flush_event, *timer_event;
    struct lws_context *context;
    struct lws_vhost *plain, *tls[LISTEN_MAX]; /* of each place that has TLS */
    struct lws_log_cx log;
    char subprotocol[128]; /* libwebsockets' name of its protocol, set anew before each handshake */
    struct conn *conns;
    struct conn *flush_head, **flush_tail;
    struct conn *dead; /* freed at the end of the turn */
    struct frame *ping;
    int64_t now_ms, swept_ms;
    atomic_size_t connections, partials;
    unsigned char scratch[LWS_PRE + WRITE_MAX + WRITE_TAIL];
};

struct lworker *lworker_at(unsigned index);
/* The calling worker's. */
struct lworker *lworker_self(void);

/* ---- listener.c ---- */
const struct route_table *routes_now(void);
/* Main thread: runs `visit` on every worker and waits until all have. Directly while no worker runs. */
void listener_visit_workers(void (*visit)(void *arg), void *arg);

/* ---- bind.c: main thread ---- */
struct bound {
    int fd;
    int lock_fd;
    char *address; /* as listener_address tells */
    char *unlink_path;
    size_t place;
};
enum carillon_result bind_all(const struct settings *settings);
void bind_close_all(void);
size_t bind_count(void);
struct bound *bind_at(size_t i);

/* ---- accept.c ---- */
void accept_start(void); /* on worker 0 */
void accept_stop(void);
size_t accept_count_connections(void);
/* Any thread. */
bool accept_is_stopped(void);

/* ---- refuse.c: short answers past libwebsockets, on sockets without TLS ---- */
/* Writes a problem and half-closes. */
void refuse_send(int fd, enum error_code error);
/* Worker 0: answers and closes; with linger a moment later, so that the client gets to read it. */
void refuse_socket(int fd, enum error_code error, bool linger);
void refuse_open(void);
void refuse_close(void);
/* Headers are about to be read. True: they are beyond limits.headers, or too many, and the connection ends with an answer. */
bool refuse_long_head(struct conn *conn);
/* Headers did not come in time. False: there were none, or they came by TLS. */
bool refuse_late_head(struct conn *conn);

/* ---- peer.c: any thread ---- */
/* NULL: the address has `most` connections already (0: any number), or memory is short. */
struct peer *peer_enter(struct carillon_str address, size_t most);
void peer_leave(struct peer *peer);
struct carillon_str peer_address(const struct peer *peer);

/* ---- context.c ---- */
enum carillon_result context_open(struct lworker *worker, const struct settings *settings);
void context_close(struct lworker *worker);

/* ---- tls.c ---- */
/* Main thread: can these files be used? */
enum carillon_result tls_check(const struct settings *settings);
/* libwebsockets has made an SSL_CTX for the place that tls_expect named. 0, or -1: the certificate cannot be loaded. */
int tls_prepare(void *ssl_ctx);
void tls_expect(const struct lworker *worker, size_t place);
/* Its virtual host is made. */
void tls_made(const struct lworker *worker, size_t place);
/* Loads the certificates that the settings name now. */
void tls_reload(void);
/* libwebsockets has freed its contexts. */
void tls_forget(void);

/* ---- poll.c ---- */
extern const lws_plugin_evlib_t poll_event_library;
enum carillon_result poll_open(struct lworker *worker);
void poll_close(struct lworker *worker);
/* Lets libwebsockets read or write. The connection may be dead afterwards. */
void poll_service(struct conn *conn, short events);
/* Tells epoll what is wished for now. */
void poll_sync(struct conn *conn);
void poll_turn_ended(struct lworker *worker);
void poll_free_dead(struct lworker *worker);

/* ---- conn.c ---- */
struct conn *conn_new(int fd, size_t place, struct peer *peer);
/* The first byte is there: libwebsockets takes the socket over. */
void conn_adopt(struct conn *conn);
/* At once, without a word. */
void conn_kill(struct conn *conn);
/* libwebsockets has let go of it (or never had it): tells everybody, and frees it at the end of the turn. */
void conn_gone(struct conn *conn);
/* Half-closes and throws away what comes until the peer closes too. */
void conn_linger(struct conn *conn);
void conn_discard_input(struct conn *conn);
/* Remembers which foreign page it came from. False: memory is short. */
bool conn_keep_origin(struct conn *conn, const struct request *request);

/* ---- held.c ---- */
/* Its turn in the flush list: what waits is told of, or it is closed. */
void held_flush(struct conn *conn);
/* It is gone: its owner is told, who may take what waits. */
void held_gone(struct conn *conn);

/* ---- flush.c ---- */
void flush_join(struct conn *conn);
void flush_open(struct lworker *worker);
/* Empties the flush list when all of its connections are dead. */
void flush_forget(struct lworker *worker);
/* Writes as much as the socket takes. False: the connection is dead. */
bool flush_queue(struct conn *conn);
void flush_writable(struct conn *conn);
bool flush_is_done(const struct conn *conn);
/* The queue got shorter: tells whoever waits for that (conn_set_low_water). */
void flush_tell_drained(struct conn *conn);

/* ---- write.c ---- */
/* One write of what is queued, of as much as one takes; nothing waits in the library. False: the connection is dead. */
bool write_once(struct conn *conn);
/* What the library had copied of the last write is through. */
void write_partial_ended(struct conn *conn);

/* ---- request.c ---- */
struct request {
    struct carillon_http_request view;
    struct conn *conn;
    struct carillon_arena *arena;
    const struct carillon_http_route *route;
    const struct app *app; /* NULL: not known yet */
    struct carillon_http_param *headers, *params;
    size_t header_count, param_count;
    char *body;
    size_t body_len, body_expected;
    const char *allow; /* the methods that the path knows */
    bool line_bad, has_length, length_bad, chunked, expect_continue, http10;
    bool head, close_after, waits_for_body, answered;
    void (*gone)(void *arg); /* the client left before the answer; NULL: nobody wants to know */
    void *gone_arg;
    /* of a WebSocket handshake */
    enum error_code refused;
    const struct carillon_ws_endpoint *endpoint;
    struct deflate_agreed deflate;
    unsigned offers_left;
};
/* Copies all of it out of libwebsockets. NULL: memory is short, or the headers are beyond bounds. */
struct request *request_new(struct conn *conn);
void request_free(struct request *request);
struct carillon_str request_header(const struct request *request, const char *name);
struct carillon_str request_query(const struct request *request, const char *name);
struct carillon_str request_copy(struct request *request, struct carillon_str text);
struct request *request_get(carillon_handle handle, enum carillon_result *why);
/* Its connection is gone. */
void request_abandon(struct request *request);

/* ---- serve.c ---- */
/* All headers are there: judge, find who serves it, and either call it or wait for the body. */
void request_begin(struct request *request);
/* Sets route, endpoint, captures and allow; why nobody serves it. */
enum error_code request_find_server(struct request *request);
void request_receive_body(struct request *request, const char *data, size_t len);
/* Its deadline has passed. */
void request_expire(struct request *request);

/* ---- policy.c ---- */
bool policy_allows_host(const struct settings *settings, struct carillon_str host);
/* The page that sent the request, if it is none of ours; else absent. */
struct carillon_str policy_foreign_origin(const struct request *request);
/* May it use the request's app, or as long as that is not known, any app? */
bool policy_allows_origin(const struct request *request);

/* ---- respond.c ---- */
const char *respond_reason(unsigned status);
void respond_error(struct request *request, enum error_code error);
/* With one more header, such as Allow. */
void respond_error_with(struct request *request, enum error_code error, const char *name, const char *value);
/* A body that is shared instead of copied. */
enum carillon_result respond_shared(struct request *request, unsigned status, const struct carillon_http_param *headers,
                                    size_t header_count, struct buffer *body);
void respond_preflight(struct request *request);
/* The queue is written: the next request, or the end. */
void respond_written(struct conn *conn);
struct buffer *respond_make_head(struct request *request, unsigned status, const struct carillon_http_param *headers,
                                 size_t header_count, int64_t content_length, struct carillon_str body);

/* ---- assets.c ---- */
/* True: answered, or not a path of the web app and false. */
bool assets_serve(struct request *request);

/* ---- upgrade.c, message.c, close.c: WebSockets ---- */
/* May this handshake go on? If not, the request carries why, and libwebsockets is to treat it as plain HTTP. */
bool upgrade_begin(struct conn *conn);
/* A connection that stays counts for the client's own address. False: that has enough. */
bool request_count_client(struct request *request);
int upgrade_confirm_extension(struct conn *conn);
int upgrade_add_headers(struct conn *conn, struct lws_process_html_args *args);
int upgrade_established(struct conn *conn);
int message_receive(struct conn *conn, const char *data, size_t len);
void message_free(struct conn *conn);
void close_begin(struct conn *conn);
/* The peer's close frame. */
int close_received(struct conn *conn, const unsigned char *payload, size_t len);
/* After libwebsockets wrote: was it the close frame? */
void close_after_write(struct conn *conn);

#endif
