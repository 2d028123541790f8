#include "listener/listener_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { REASON_MAX = 123, CLOSE_NO_STATUS = 1005 };

void conn_close(struct conn *conn, unsigned code, struct carillon_str reason, bool drop_unsent)
{
    if (conn->dead || conn->closing)
        return;
    conn->closing = true;
    if (drop_unsent)
        outq_drop_unsent(&conn->queue);
    if (conn->kind == CONN_WS || conn->kind == CONN_HELD) {
        size_t len = reason.ptr ? utf8_cut(reason.ptr, reason.len, REASON_MAX) : 0;
        conn->close_code = (uint16_t)code;
        conn->close_reason = len ? strndup(reason.ptr, len) : NULL;
    }
    wheel_set(&conn->deadline, CLOSE_SECONDS);
    flush_join(conn);
}

void conn_close_slow(struct conn *conn)
{
    if (conn->owner_ops && conn->owner_ops->too_slow)
        conn->owner_ops->too_slow(conn->owner);
    else
        conn_close(conn, error_close_code(ERROR_SLOW_CONSUMER), CARILLON_STR("slow_consumer"), true);
}

/* Everything before it is written. */
void close_begin(struct conn *conn)
{
    if (conn->kind == CONN_STREAM) {
        conn_linger(conn);
        return;
    }
    if (conn->kind != CONN_WS || conn->close_sent || conn->close_seen || lws_get_close_length(conn->wsi))
        return;
    char *reason = conn->close_reason;
    lws_close_reason(conn->wsi, (enum lws_close_status)conn->close_code, (unsigned char *)reason,
                     reason ? strlen(reason) : 0);
    lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/*
 * libwebsockets may not recognise the peer's answer after an error and would wait five seconds for it; when our side is
 * shut the peer closes its own and that ends it. Under TLS this would be an attack's sign, so there it waits.
 */
void close_after_write(struct conn *conn)
{
    if (conn->close_sent || !lws_get_close_length(conn->wsi) || lws_partial_buffered(conn->wsi))
        return;
    conn->close_sent = conn->closing = true;
    if (!conn->tls)
        shutdown(conn->fd, SHUT_WR);
}

static bool code_allowed(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

int close_received(struct conn *conn, const unsigned char *payload, size_t len)
{
    if (len == 1 || (len > 2 && !utf8_is_valid((const char *)payload + 2, len - 2)))
        return -1;
    unsigned code = len >= 2 ? (unsigned)payload[0] << 8 | payload[1] : CLOSE_NO_STATUS;
    if (len >= 2 && !code_allowed(code))
        return -1;
    flush_queue(conn); /* the queue comes before the answer to the close frame, nothing after it */
    conn->close_seen = conn->closing = true;
    conn->close_code = (uint16_t)code;
    return 0;
}
