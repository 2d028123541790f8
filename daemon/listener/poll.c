#include "listener/listener_private.h"

#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/*
 * A worker's connections are in an epoll set of their own, which libevent watches as one descriptor: a struct event and a
 * place in libevent's tables for every socket would cost more memory than the rest of our part of a connection.
 *
 * libwebsockets believes in level-triggered readiness: it asks to be called when it may write and takes that back itself.
 * Nearly always the socket can be written to, so a wish does not arm it. The connection joins the flush list, which is
 * served once at the end of the loop's turn, and EPOLLOUT is armed only while a socket is full.
 */
enum { EVENTS_A_TURN = 256, FORCED_TURNS = 100, LWS_TIMER_MS = 1000 };

void poll_sync(struct conn *conn)
{
    if (conn->dead || conn->fd < 0)
        return;
    bool reads = conn->kind == CONN_HTTP || conn->kind == CONN_WS ? conn->lws_reads : true;
    bool full = conn->full || (conn->wsi && (lws_partial_buffered(conn->wsi) ||
                                             ((conn->lws_writes || conn->paused) && !conn->in_flush)));
    /* While a request waits for long nothing is read, which would tell that its client has left. */
    bool waits = conn->kind == CONN_HTTP && conn->request && conn->request->gone;
    uint16_t wanted = (uint16_t)((reads ? EPOLLIN : 0) | (full ? EPOLLOUT : 0) | (waits ? EPOLLRDHUP : 0));
    if (conn->in_flush) /* it is written to in this turn, and may well be full again */
        wanted |= conn->armed & EPOLLOUT;
    if (wanted == conn->armed)
        return;
    struct epoll_event event = { .events = wanted, .data.ptr = conn };
    if (epoll_ctl(lworker_self()->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) == 0)
        conn->armed = wanted;
}

void poll_service(struct conn *conn, short events)
{
    struct lws_pollfd pollfd = { .fd = conn->fd, .events = events & (POLLIN | POLLOUT), .revents = events };
    if (conn->dead || !conn->wsi)
        return;
    conn->servicing = (events & POLLIN) != 0;
    lws_service_fd(lworker_self()->context, &pollfd);
    conn->servicing = false;
}

/* With TLS, bytes may wait in the library that no descriptor tells of. */
static bool has_more_input(const struct conn *conn)
{
    if (conn->kind == CONN_WS && lws_remaining_packet_payload(conn->wsi) > 0)
        return true;
    return conn->tls && lws_get_ssl(conn->wsi) && SSL_pending(lws_get_ssl(conn->wsi)) > 0;
}

static void conn_readable(struct conn *conn)
{
    conn->received_ms = lworker_self()->now_ms;
    bool heads = conn->kind == CONN_SILENT || (conn->kind == CONN_HTTP && !conn->request);
    if (heads && !conn->tls && refuse_long_head(conn))
        return;
    if (conn->kind == CONN_SILENT)
        conn_adopt(conn);
    if (conn->dead)
        return;
    if (conn->kind == CONN_STREAM || conn->kind == CONN_LINGER) {
        conn_discard_input(conn);
        return;
    }
    poll_service(conn, POLLIN);
    for (int i = 0; i < READS_A_TURN && !conn->dead && conn->lws_reads && has_more_input(conn); i++)
        poll_service(conn, POLLIN);
}

static void conn_ready(struct conn *conn, uint32_t events)
{
    if (conn->dead)
        return;
    if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP) && !(events & EPOLLIN)) {
        conn_kill(conn);
        return;
    }
    if (events & EPOLLOUT)
        flush_writable(conn);
    if (events & EPOLLIN && !conn->dead)
        conn_readable(conn);
    poll_sync(conn);
}

static void on_poll(evutil_socket_t fd, short what, void *arg)
{
    struct lworker *worker = arg;
    struct epoll_event events[EVENTS_A_TURN];
    (void)what;
    int n = epoll_wait(fd, events, EVENTS_A_TURN, 0);
    worker->now_ms = loop_monotonic_ms();
    for (int i = 0; i < n; i++)
        conn_ready(events[i].data.ptr, events[i].events);
    poll_turn_ended(worker);
}

void poll_free_dead(struct lworker *worker)
{
    for (struct conn *conn = worker->dead; conn; conn = worker->dead) {
        worker->dead = conn->next;
        free(conn);
    }
}

/* libwebsockets' timers, and input that it holds back itself. */
void poll_turn_ended(struct lworker *worker)
{
    int wait = 0;
    for (int i = 0; i < FORCED_TURNS; i++) {
        wait = lws_service_adjust_timeout(worker->context, LWS_TIMER_MS, 0);
        if (wait)
            break;
        _lws_plat_service_forced_tsi(worker->context, 0);
    }
    struct timeval after = { .tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000 };
    event_add(worker->timer_event, &after);
    poll_free_dead(worker);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct lworker *worker = arg;
    (void)fd, (void)what;
    worker->now_ms = loop_monotonic_ms();
    poll_turn_ended(worker);
}

enum carillon_result poll_open(struct lworker *worker)
{
    struct event_base *base = worker_base(worker->index);
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll_fd < 0)
        return CARILLON_UNAVAILABLE;
    worker->poll_event = event_new(base, worker->epoll_fd, EV_READ | EV_PERSIST, on_poll, worker);
    worker->timer_event = event_new(base, -1, 0, on_timer, worker);
    if (!worker->poll_event || !worker->timer_event)
        return CARILLON_NO_MEMORY;
    worker->now_ms = loop_monotonic_ms();
    event_add(worker->poll_event, NULL);
    event_add(worker->timer_event, &(struct timeval){ .tv_sec = 0 });
    flush_open(worker);
    return worker->flush_event ? CARILLON_OK : CARILLON_NO_MEMORY;
}

void poll_close(struct lworker *worker)
{
    struct event *events[] = { worker->poll_event, worker->flush_event, worker->timer_event };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (events[i])
            event_free(events[i]);
    }
    if (worker->epoll_fd > 0)
        close(worker->epoll_fd);
}

/* ---- libwebsockets' event operations. Its own pipe has no connection: nobody wakes it, so it is not watched. ---- */

static int ops_init_pt(struct lws_context *context, void *loop, int tsi)
{
    (void)context, (void)loop, (void)tsi;
    return 0;
}

static int ops_accept(struct lws *wsi)
{
    struct conn *conn = lws_get_opaque_user_data(wsi);
    if (conn)
        conn->wsi = wsi;
    return 0;
}

static void ops_io(struct lws *wsi, unsigned flags)
{
    struct conn *conn = lws_get_opaque_user_data(wsi);
    bool start = (flags & LWS_EV_START) != 0;
    if (!conn || conn->dead)
        return;
    if (flags & LWS_EV_READ)
        conn->lws_reads = start;
    if (!(flags & LWS_EV_WRITE))
        return;
    conn->lws_writes = start;
    if (!start)
        return;
    /* Being flushed it is served already; a wish that stays then waits for the socket, as during a TLS handshake. */
    if (!conn->flushing)
        flush_join(conn);
    /* Its own wish while it reads is a pong or a close. It drops further pings while a pong waits, so the rest of the
       input is set aside until the pong is out. */
    if (conn->kind == CONN_WS && conn->servicing && !conn->paused && !conn->closing) {
        conn->paused = true;
        lws_rx_flow_control(wsi, 0);
    }
}

static int ops_close(struct lws *wsi)
{
    struct conn *conn = lws_get_opaque_user_data(wsi);
    lws_set_opaque_user_data(wsi, NULL);
    if (conn)
        conn_gone(conn);
    return 0;
}

static const struct lws_event_loop_ops ops = {
    .name = "carillon",
    .init_pt = ops_init_pt,
    .init_vhost_listen_wsi = ops_accept,
    .sock_accept = ops_accept,
    .io = ops_io,
    .wsi_logical_close = ops_close,
    .evlib_size_pt = 8,
};

const lws_plugin_evlib_t poll_event_library = {
    .hdr = { "carillon", "lws_evlib_plugin", LWS_BUILD_HASH, LWS_PLUGIN_API_MAGIC },
    .ops = &ops,
};
