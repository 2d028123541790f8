#include "listener/listener_private.h"

#include <stdlib.h>
#include <string.h>

enum { RESERVED_DEFLATED = 0x40, FIRST_ROOM = 1024 };

/* A message of which not all has come, or one that is compressed. Most come whole in one read and need none. */
struct ws_partial {
    size_t len, room;
    struct utf8_check utf8;
    bool binary, deflated;
    char bytes[]; /* room, and one for a NUL */
};

void message_free(struct conn *conn)
{
    free(conn->partial);
    conn->partial = NULL;
}

static int message_fail(struct conn *conn, enum lws_close_status code)
{
    message_free(conn);
    lws_close_reason(conn->wsi, code, NULL, 0);
    return -1;
}

static void message_deliver(struct conn *conn, const char *data, size_t len, bool binary)
{
    if (!conn->closing)
        conn->endpoint->message(conn->handle, conn->endpoint_state, data, len, binary);
}

static int message_whole(struct conn *conn, const char *data, size_t len, bool binary)
{
    char *copy = (char *)lworker_self()->scratch;
    if (!binary && !utf8_is_valid(data, len))
        return message_fail(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
    if (len)
        memcpy(copy, data, len);
    copy[len] = '\0';
    message_deliver(conn, copy, len, binary);
    return 0;
}

static bool partial_append(struct conn *conn, const char *data, size_t len)
{
    struct ws_partial *partial = conn->partial;
    size_t need = (partial ? partial->len : 0) + len, room = partial ? partial->room : 0;
    if (need > room || !partial) {
        room = need < FIRST_ROOM ? FIRST_ROOM : need + need / 2;
        struct ws_partial *grown = realloc(partial, sizeof *grown + room + 1);
        if (!grown)
            return false;
        if (!partial)
            *grown = (struct ws_partial){ 0 };
        grown->room = room;
        conn->partial = partial = grown;
    }
    if (len)
        memcpy(partial->bytes + partial->len, data, len);
    partial->len += len;
    return true;
}

/* The endpoint's bound, or the smaller one that all endpoints have. */
static size_t size_max(const struct conn *conn)
{
    size_t own = conn->endpoint->message_max, all = settings_now()->frame_max;
    return own && own < all ? own : all;
}

static int partial_inflate(struct conn *conn)
{
    struct ws_partial *partial = conn->partial;
    struct inflated whole;
    bool binary = partial->binary;
    switch (deflate_inflate(partial->bytes, partial->len, size_max(conn), &whole)) {
    case CARILLON_OK:
        break;
    case CARILLON_TOO_LARGE:
        return message_fail(conn, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
    case CARILLON_NO_MEMORY:
        return message_fail(conn, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
    default:
        return message_fail(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
    }
    message_free(conn);
    if (!binary && !utf8_is_valid(whole.bytes, whole.len))
        return message_fail(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
    message_deliver(conn, whole.bytes, whole.len, binary);
    return 0;
}

static int partial_ended(struct conn *conn)
{
    struct ws_partial *partial = conn->partial;
    if (partial->deflated)
        return partial_inflate(conn);
    if (!partial->binary && !utf8_check_complete(&partial->utf8))
        return message_fail(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
    conn->partial = NULL;
    partial->bytes[partial->len] = '\0';
    message_deliver(conn, partial->bytes, partial->len, partial->binary);
    free(partial);
    return 0;
}

int message_receive(struct conn *conn, const char *data, size_t len)
{
    struct lws *wsi = conn->wsi;
    bool first = !conn->partial, last = lws_is_final_fragment(wsi), binary = lws_frame_is_binary(wsi);
    bool deflated = first && (lws_get_reserved_bits(wsi) & RESERVED_DEFLATED);
    size_t had = first ? 0 : conn->partial->len, ahead = lws_remaining_packet_payload(wsi), most = size_max(conn);
    if (conn->closing)
        return 0;
    if (had + len > most || ahead > most - had - len)
        return message_fail(conn, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
    if (first && last && !deflated && len < sizeof lworker_self()->scratch)
        return message_whole(conn, data, len, binary);
    if (!partial_append(conn, data, len))
        return message_fail(conn, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
    struct ws_partial *partial = conn->partial;
    if (first) {
        partial->binary = binary;
        partial->deflated = deflated;
    }
    if (!partial->binary && !partial->deflated && !utf8_check_feed(&partial->utf8, data, len))
        return message_fail(conn, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
    return last ? partial_ended(conn) : 0;
}
