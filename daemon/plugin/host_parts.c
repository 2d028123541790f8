/*
 * Messages of several parts. A short one becomes one frame; of a long one each part is a piece by itself, so that lists of
 * members are queued as they are kept, and not copied for each who subscribes.
 */
#include "plugin/host_private.h"

#include "fanout/codec.h"
#include "listener/conn.h"
#include "listener/ws_frame.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_MAX = 4096 };

/* One part's bytes, or how many there are; false: memory is short. */
static bool part_copy(unsigned codec, const struct carillon_part *part, char *out, size_t *len)
{
    if (!part->roster) {
        if (out)
            memcpy(out + *len, part->text.ptr, part->text.len);
        *len += part->text.len;
        return true;
    }
    for (size_t i = 0; i < part->roster->section_count; i++) {
        const struct buffer *bytes = codec_encode_members(codec, part->roster->sections[i], part->list);
        if (!bytes)
            return false;
        *len += codec_unwrap(codec, bytes, out ? out + *len : NULL);
    }
    return true;
}

size_t host_parts_copy(unsigned codec, const struct carillon_part *parts, size_t n, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        if (!part_copy(codec, &parts[i], out, &len))
            return 0;
    return len;
}

/* Takes over the reference to the buffer; NULL: memory was short for it. */
static enum carillon_result queue_piece(struct conn *conn, struct buffer *bytes)
{
    struct frame *frame = frame_new(bytes);
    if (!frame)
        return CARILLON_NO_MEMORY;
    enum carillon_result result = conn_queue(conn, frame);
    frame_unref(frame);
    return result;
}

static enum carillon_result queue_roster(struct conn *conn, unsigned codec, const struct carillon_part *part)
{
    enum carillon_result result = CARILLON_OK;
    for (size_t i = 0; i < part->roster->section_count && result == CARILLON_OK; i++) {
        struct buffer *bytes = codec_encode_members(codec, part->roster->sections[i], part->list);
        result = bytes ? queue_piece(conn, buffer_ref(bytes)) : CARILLON_NO_MEMORY;
    }
    return result;
}

/* The beginning of a message must not stay without its end, so what fails on the way ends the connection. */
static enum carillon_result send_pieces(struct conn *conn, unsigned codec, const struct carillon_part *parts, size_t n)
{
    enum carillon_result result = CARILLON_OK;
    for (size_t i = 0; i < n && result == CARILLON_OK; i++) {
        struct carillon_str text = parts[i].text;
        result = parts[i].roster ? queue_roster(conn, codec, &parts[i])
                                 : queue_piece(conn, ws_frame_build_piece(text.ptr, text.len, i == 0, i == n - 1));
    }
    if (result != CARILLON_OK && result != CARILLON_STALE)
        conn_close_slow(conn);
    return result;
}

static enum carillon_result send_copy(carillon_handle handle, unsigned codec, const struct carillon_part *parts,
                                      size_t n, size_t len)
{
    char *text = malloc(len);
    if (!text)
        return CARILLON_NO_MEMORY;
    host_parts_copy(codec, parts, n, text);
    enum carillon_result result = host_conn_send(handle, (struct carillon_str){ text, len });
    free(text);
    return result;
}

enum carillon_result host_conn_send_parts(carillon_handle handle, unsigned codec, const struct carillon_part *parts,
                                          size_t n)
{
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(handle, &why);
    if (!conn)
        return why;
    size_t len = host_parts_copy(codec, parts, n, NULL);
    if (!len)
        return CARILLON_NO_MEMORY;
    if (len <= SHORT_MAX || !conn_is_websocket(conn))
        return send_copy(handle, codec, parts, n, len);
    return send_pieces(conn, codec, parts, n);
}
