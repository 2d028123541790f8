/*
 * Connections that stay open: WebSockets, HTTP streams (SSE), and held ones, which have no socket. Each belongs to the
 * worker that accepted it.
 *
 * What is to be sent is queued as shared frames and written once at the end of the loop's turn, all that waits in one
 * write of whole frames. A socket that is full is waited for; nothing here blocks.
 */
#ifndef CARILLON_LISTENER_CONN_H
#define CARILLON_LISTENER_CONN_H

#include "fanout/outq.h"
#include <carillon/hold.h>
#include <carillon/transport.h>

struct conn;

/* What the session on top of a connection hears. All on the connection's worker. */
struct conn_owner_ops {
    /* The connection is gone; the owner must not use it again. */
    void (*closed)(void *owner);
    /* Its queue is about to be written: up to `room` bytes may be added behind it. Returns how many. NULL: never. */
    size_t (*flushing)(void *owner, char *out, size_t room);
    /* The queue was above the owner's wish and is below it now (conn_set_low_water). NULL: never. */
    void (*drained)(void *owner);
    /* It holds more than it may: the owner closes the connection, since it knows with which code. NULL: the table's. */
    void (*too_slow)(void *owner);
};

/* NULL, with *why, for a stale handle or on another worker. The pointer is good until closed() is called. */
struct conn *conn_get(carillon_handle handle, enum carillon_result *why);
carillon_handle conn_handle(const struct conn *conn);
/* ops NULL: it has none any more, and nobody hears of it. */
enum carillon_result conn_set_owner(struct conn *conn, const struct conn_owner_ops *ops, void *owner);

/*
 * Queues a frame, which is sent as it is: a whole WebSocket frame, or bytes of a stream. Takes its own reference.
 * Hot: a push and, the first time in a turn, a place in the flush list. LIMIT: the queue would pass its bound; nothing was
 * queued and the caller closes the connection as one that is too slow.
 */
enum carillon_result conn_queue(struct conn *conn, struct frame *frame);
/* It will be queued for soon: asks for the memory that takes. */
void conn_prefetch(const struct conn *conn);
/* Bytes waiting, in the queue and in libwebsockets. */
size_t conn_count_queued(const struct conn *conn);
/* drained() is called once when conn_count_queued falls to `bytes` or less. */
void conn_set_low_water(struct conn *conn, size_t bytes);
/* Frames compressed once for all may be queued: permessage-deflate with a 15-bit window was agreed. */
bool conn_takes_deflated(const struct conn *conn);
bool conn_is_websocket(const struct conn *conn);
/* The client's address, as trusted proxies told; lives as long as the connection. */
struct carillon_str conn_address(const struct conn *conn);
/* Did it come from a page that may use the app: one of ours, one that the app lists, or none at all? */
struct app;
bool conn_is_allowed_by(const struct conn *conn, const struct app *app);
/* Milliseconds since anything was received, for the idle sweep. */
int64_t conn_idle_ms(const struct conn *conn);
/* A WebSocket ping; on a stream a comment is the transport's business. */
void conn_ping(struct conn *conn);

/* ---- without a socket: carillon/hold.h tells what it is for ---- */

/* Opens one on the calling worker; it counts as a connection of this address. LIMIT: there are too many. */
enum carillon_result conn_hold(struct carillon_str address, const struct carillon_hold *hold, void *state,
                               carillon_handle *conn);
/* Offers what waits, the oldest first, until take says no. On any but a held one INVALID. */
enum carillon_result conn_take(carillon_handle conn, carillon_take_fn take, void *arg);

/*
 * Closes: a WebSocket with a close frame, code and reason (at most 123 bytes, cut at a character); a stream by its end.
 * What is queued is written first as far as the socket takes it; with drop_unsent whole unsent frames are dropped instead.
 * closed() comes later, from the loop, within 5 s. Further frames are refused with STALE.
 */
void conn_close(struct conn *conn, unsigned code, struct carillon_str reason, bool drop_unsent);
/* Its reader is too slow: closes it as its owner closes such, without what is not sent yet. */
void conn_close_slow(struct conn *conn);

#endif
