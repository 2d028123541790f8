/* Connections without a socket: a session's queue for a client that comes and goes by HTTP requests (carillon/hold.h). */
#include "listener/listener_private.h"

#include "base/handle.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

static struct conn *held_new(struct peer *peer, const struct carillon_hold *hold, void *state)
{
    struct conn *conn = calloc(1, sizeof *conn);
    carillon_handle handle = conn ? handle_open(HANDLE_CONN, conn) : 0;
    if (!handle) {
        free(conn);
        return NULL;
    }
    conn->fd = -1;
    conn->kind = CONN_HELD;
    conn->peer = peer;
    conn->handle = handle;
    conn->hold = hold;
    conn->endpoint_state = state;
    conn->received_ms = loop_monotonic_ms();
    return conn;
}

/* As with sockets: behind a proxy that does not tell whom it speaks for, all clients have its address. */
static struct peer *enter(struct carillon_str address)
{
    const struct settings *settings = settings_now();
    bool proxy = strcmp(address.ptr, "unix") == 0 || cidr_contains(settings->proxies, settings->proxy_count, address);
    bool room = accept_count_connections() < settings->connections_max;
    return room ? peer_enter(address, proxy ? 0 : settings->connections_per_address) : NULL;
}

enum carillon_result conn_hold(struct carillon_str address, const struct carillon_hold *hold, void *state,
                               carillon_handle *out)
{
    struct lworker *worker = lworker_self();
    struct peer *peer = enter(address);
    if (!peer)
        return CARILLON_LIMIT;
    struct conn *conn = held_new(peer, hold, state);
    if (!conn) {
        peer_leave(peer);
        return CARILLON_NO_MEMORY;
    }
    DL_APPEND(worker->conns, conn);
    atomic_fetch_add_explicit(&worker->connections, 1, memory_order_relaxed);
    *out = conn->handle;
    return CARILLON_OK;
}

enum carillon_result conn_take(carillon_handle handle, carillon_take_fn take, void *arg)
{
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(handle, &why);
    if (!conn)
        return why;
    if (conn->kind != CONN_HELD)
        return CARILLON_INVALID;
    while (conn->queue.count) {
        const struct buffer *buffer = outq_at(&conn->queue, 0)->buffer;
        if (!take(arg, (struct carillon_str){ (const char *)buffer->bytes, buffer->len }))
            break;
        outq_consume(&conn->queue, buffer->len);
    }
    if (!conn->closing)
        flush_tell_drained(conn);
    return CARILLON_OK;
}

void held_flush(struct conn *conn)
{
    if (conn->dead)
        return;
    if (conn->closing)
        conn_gone(conn);
    else if (conn->queue.count)
        conn->hold->waiting(conn->handle, conn->endpoint_state);
}

void held_gone(struct conn *conn)
{
    const char *reason = conn->close_reason ? conn->close_reason : "";
    if (conn->hold)
        conn->hold->closed(conn->handle, conn->endpoint_state, conn->close_code,
                           (struct carillon_str){ reason, strlen(reason) });
}
