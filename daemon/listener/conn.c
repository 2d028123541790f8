#include "listener/listener_private.h"

#include "base/handle.h"
#include "base/log.h"
#include "session/app.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

static void conn_expire(struct wheel_item *item)
{
    struct conn *conn = (struct conn *)((char *)item - offsetof(struct conn, deadline));
    lworker_self()->now_ms = loop_monotonic_ms();
    if (conn->kind == CONN_HTTP && conn->request)
        request_expire(conn->request);
    else if (!refuse_late_head(conn))
        conn_kill(conn);
}

struct conn *conn_new(int fd, size_t place, struct peer *peer)
{
    struct lworker *worker = lworker_self();
    struct conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        return NULL;
    conn->fd = fd;
    conn->peer = peer;
    conn->place = (uint8_t)place;
    conn->proxied = settings_now()->places[place].proxy;
    conn->tls = worker->tls[place] != NULL;
    conn->armed = EPOLLIN;
    conn->received_ms = worker->now_ms;
    conn->deadline.run = conn_expire;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = conn };
    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
        free(conn);
        return NULL;
    }
    DL_APPEND(worker->conns, conn);
    atomic_fetch_add_explicit(&worker->connections, 1, memory_order_relaxed);
    wheel_set(&conn->deadline, settings_now()->first_byte_s);
    return conn;
}

void conn_adopt(struct conn *conn)
{
    struct lworker *worker = lworker_self();
    lws_adopt_desc_t adopt = {
        .vh = conn->tls ? worker->tls[conn->place] : worker->plain,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
        .fd.sockfd = conn->fd,
        .opaque = conn,
    };
    conn->kind = CONN_HTTP;
    wheel_set(&conn->deadline, settings_now()->request_s); /* for its headers */
    if (lws_adopt_descriptor_vhost_via_info(&adopt) || conn->dead)
        return;
    /* It has closed the socket, even if it never told us of it. */
    conn->fd = -1;
    conn_gone(conn);
}

void conn_kill(struct conn *conn)
{
    if (conn->dead)
        return;
    if (conn->in_callback) {
        conn->kill_wanted = true;
        return;
    }
    if (conn->wsi) {
        shutdown(conn->fd, SHUT_RDWR); /* nothing more can be written, so it does not wait for that */
        lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
    if (conn->dead)
        return;
    if (!conn->wsi) {
        if (conn->fd >= 0)
            close(conn->fd);
        conn->fd = -1;
        conn_gone(conn);
    }
}

static void conn_release(struct conn *conn)
{
    if (conn->kind == CONN_WS) {
        message_free(conn);
        if (conn->endpoint)
            conn->endpoint->closed(conn->handle, conn->endpoint_state, conn->close_seen ? conn->close_code : 1006);
    } else if (conn->kind == CONN_HTTP) {
        request_abandon(conn->request);
    } else if (conn->kind == CONN_HELD) {
        held_gone(conn);
    }
    conn->request = NULL;
    if (conn->handle)
        handle_close(conn->handle);
    free(conn->close_reason);
    free(conn->origin);
    conn->close_reason = conn->origin = NULL;
    outq_clear(&conn->queue);
    write_partial_ended(conn);
    peer_leave(conn->peer);
    conn->peer = NULL;
}

void conn_gone(struct conn *conn)
{
    struct lworker *worker = lworker_self();
    if (conn->dead)
        return;
    conn->dead = conn->closing = true;
    conn->wsi = NULL;
    wheel_clear(&conn->deadline);
    DL_DELETE(worker->conns, conn);
    atomic_fetch_sub_explicit(&worker->connections, 1, memory_order_relaxed);
    const struct conn_owner_ops *ops = conn->owner_ops;
    conn->owner_ops = NULL;
    if (ops && ops->closed)
        ops->closed(conn->owner);
    conn_release(conn);
    /* Whoever is on the way may still look at it, the flush list among them. */
    if (!conn->in_flush) {
        conn->next = worker->dead;
        worker->dead = conn;
    }
}

void conn_linger(struct conn *conn)
{
    conn->kind = CONN_LINGER;
    conn->closing = true;
    if (conn->tls && lws_get_ssl(conn->wsi))
        SSL_shutdown(lws_get_ssl(conn->wsi));
    shutdown(conn->fd, SHUT_WR);
    wheel_set(&conn->deadline, LINGER_SECONDS);
}

void conn_discard_input(struct conn *conn)
{
    char bytes[4096];
    ssize_t n = 1;
    for (int i = 0; i < READS_A_TURN && n > 0; i++)
        n = recv(conn->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        conn_kill(conn);
}

/* ---- conn.h ---- */

struct conn *conn_get(carillon_handle handle, enum carillon_result *why)
{
    return handle_get(handle, HANDLE_CONN, why);
}

carillon_handle conn_handle(const struct conn *conn)
{
    return conn->handle;
}

enum carillon_result conn_set_owner(struct conn *conn, const struct conn_owner_ops *ops, void *owner)
{
    if (conn->owner_ops && ops)
        return CARILLON_EXISTS;
    conn->owner_ops = ops;
    conn->owner = owner;
    return CARILLON_OK;
}

enum carillon_result conn_queue(struct conn *conn, struct frame *frame)
{
    if (conn->closing)
        return CARILLON_STALE;
    if (conn->queue.bytes + frame->buffer->len > settings_now()->queue_session)
        return CARILLON_LIMIT;
    enum carillon_result result = outq_push(&conn->queue, frame);
    if (result == CARILLON_OK)
        flush_join(conn);
    return result;
}

void conn_prefetch(const struct conn *conn)
{
    __builtin_prefetch(conn, 1);
    __builtin_prefetch(&conn->queue, 1);
    __builtin_prefetch(&conn->next_flush, 1);
}

size_t conn_count_queued(const struct conn *conn)
{
    return conn->queue.bytes + conn->written_last;
}

void conn_set_low_water(struct conn *conn, size_t bytes)
{
    conn->low_water = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
    conn->low_water_armed = true;
}

bool conn_takes_deflated(const struct conn *conn)
{
    return conn->deflate_full;
}

bool conn_is_websocket(const struct conn *conn)
{
    return conn->kind == CONN_WS;
}

bool conn_keep_origin(struct conn *conn, const struct request *request)
{
    struct carillon_str origin = policy_foreign_origin(request);
    conn->origin = origin.ptr ? strndup(origin.ptr, origin.len) : NULL;
    return conn->origin || !origin.ptr;
}

bool conn_is_allowed_by(const struct conn *conn, const struct app *app)
{
    return !conn->origin || app_allows_origin(app, (struct carillon_str){ conn->origin, strlen(conn->origin) });
}

struct carillon_str conn_address(const struct conn *conn)
{
    return peer_address(conn->peer);
}

int64_t conn_idle_ms(const struct conn *conn)
{
    return loop_monotonic_ms() - conn->received_ms;
}

void conn_ping(struct conn *conn)
{
    if (conn->kind == CONN_WS)
        conn_queue(conn, lworker_self()->ping);
}
