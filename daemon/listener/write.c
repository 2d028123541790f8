/*
 * One write of what waits for a connection. A WebSocket without TLS is written to directly: the library would only hand the
 * bytes on, and copy what the socket does not take. All else goes through it.
 */
#include "listener/listener_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Pieces of at least this size are not copied together to be written at once. */
enum { PIECES_A_WRITE = 64, PIECE_LEAST = 1024 };

static void partial_begins(struct conn *conn, size_t len)
{
    conn->written_last = (uint32_t)len;
    atomic_fetch_add_explicit(&lworker_self()->partials, 1, memory_order_relaxed);
}

void write_partial_ended(struct conn *conn)
{
    if (conn->written_last)
        atomic_fetch_sub_explicit(&lworker_self()->partials, 1, memory_order_relaxed);
    conn->written_last = 0;
}

/* What waits of the queue's frame. */
static struct carillon_str piece_at(const struct conn *conn, uint32_t i)
{
    const struct buffer *buffer = outq_at(&conn->queue, i)->buffer;
    size_t offset = i ? 0 : conn->queue.offset;
    return (struct carillon_str){ (const char *)buffer->bytes + offset, buffer->len - offset };
}

/* Whole frames, as many as fit; a buffer of more than WRITE_MAX is made of frames that end at its multiples. */
static size_t gather(const struct conn *conn, unsigned char *out)
{
    size_t len = 0;
    for (uint32_t i = 0; i < conn->queue.count; i++) {
        struct carillon_str piece = piece_at(conn, i);
        if (piece.len > WRITE_MAX - len) {
            if (len)
                break;
            piece.len = WRITE_MAX;
        }
        memcpy(out + len, piece.ptr, piece.len);
        len += piece.len;
    }
    return len;
}

/* ---- directly ---- */

static bool is_direct(const struct conn *conn)
{
    return conn->kind == CONN_WS && !conn->tls && !(conn->owner_ops && conn->owner_ops->flushing);
}

/* Socket full: what it did not take stays in the queue, where nothing is written behind half a frame. */
static bool direct_written(struct conn *conn, ssize_t sent, size_t len)
{
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        conn_kill(conn);
        return false;
    }
    conn->full = sent < 0 ? errno == EAGAIN : (size_t)sent < len;
    if (sent > 0)
        outq_consume(&conn->queue, (size_t)sent);
    return true;
}

static bool write_flat(struct conn *conn, const void *bytes, size_t len)
{
    return direct_written(conn, send(conn->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT), len);
}

static bool write_pieces(struct conn *conn)
{
    struct iovec pieces[PIECES_A_WRITE];
    struct msghdr message = { .msg_iov = pieces };
    size_t len = 0;
    for (uint32_t i = 0; i < conn->queue.count && i < PIECES_A_WRITE; i++) {
        struct carillon_str piece = piece_at(conn, i);
        pieces[message.msg_iovlen++] = (struct iovec){ (void *)(uintptr_t)piece.ptr, piece.len };
        len += piece.len;
    }
    return direct_written(conn, sendmsg(conn->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT), len);
}

static bool write_direct(struct conn *conn)
{
    struct carillon_str first = piece_at(conn, 0);
    if (conn->queue.count == 1)
        return write_flat(conn, first.ptr, first.len);
    if (conn->queue.bytes / conn->queue.count >= PIECE_LEAST)
        return write_pieces(conn);
    unsigned char *out = lworker_self()->scratch + LWS_PRE;
    return write_flat(conn, out, gather(conn, out));
}

/* ---- through libwebsockets, which does not change what it is given with LWS_WRITE_RAW ---- */

static bool write_raw(struct conn *conn, const unsigned char *bytes, size_t len, size_t from_queue)
{
    if (lws_write(conn->wsi, (unsigned char *)(uintptr_t)bytes, len, LWS_WRITE_RAW) < 0) {
        conn_kill(conn);
        return false;
    }
    outq_consume(&conn->queue, from_queue);
    write_partial_ended(conn);
    if (lws_partial_buffered(conn->wsi))
        partial_begins(conn, len);
    return true;
}

static bool write_by_library(struct conn *conn)
{
    struct carillon_str first = piece_at(conn, 0);
    bool adds = conn->owner_ops && conn->owner_ops->flushing;
    if (!adds && (conn->queue.count == 1 || first.len >= WRITE_MAX)) {
        size_t len = first.len < WRITE_MAX ? first.len : WRITE_MAX;
        return write_raw(conn, (const unsigned char *)first.ptr, len, len);
    }
    unsigned char *out = lworker_self()->scratch + LWS_PRE;
    size_t len = gather(conn, out), added = 0;
    if (adds && len == conn->queue.bytes)
        added = conn->owner_ops->flushing(conn->owner, (char *)out + len, WRITE_MAX + WRITE_TAIL - len);
    return write_raw(conn, out, len + added, len);
}

bool write_once(struct conn *conn)
{
    return is_direct(conn) ? write_direct(conn) : write_by_library(conn);
}
