#include "listener/ws_frame.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { OPCODE_CONTINUATION = 0, OPCODE_TEXT = 1, FIN = 0x80, RSV1 = 0x40, HEADER_MAX = 4, TAIL = 4 };

/* A frame's header; returns its length. */
static size_t header_put(unsigned char *out, unsigned first, size_t len)
{
    out[0] = (unsigned char)first;
    if (len < 126) {
        out[1] = (unsigned char)len;
        return 2;
    }
    out[1] = 126;
    out[2] = (unsigned char)(len >> 8);
    out[3] = (unsigned char)len;
    return 4;
}

/* Fragments fill WS_FRAME_MAX to the byte, so that a buffer can be cut at its multiples. */
static struct buffer *frames_build(const unsigned char *payload, size_t len, unsigned begin, unsigned end)
{
    const size_t most = WS_FRAME_MAX - HEADER_MAX;
    size_t whole = len > most ? (len - 1) / most : 0, rest = len - whole * most;
    struct buffer *buffer = buffer_new(whole * WS_FRAME_MAX + rest + (rest < 126 ? 2 : HEADER_MAX));
    if (!buffer)
        return NULL;
    unsigned char *out = buffer->bytes;
    for (size_t i = 0; i <= whole; i++) {
        size_t n = i < whole ? most : rest;
        out += header_put(out, (i ? OPCODE_CONTINUATION : begin) | (i == whole ? end : 0u), n);
        if (n)
            memcpy(out, payload, n);
        out += n;
        payload += n;
    }
    return buffer;
}

struct buffer *ws_frame_build_text(const char *payload, size_t len)
{
    return frames_build((const unsigned char *)payload, len, OPCODE_TEXT, FIN);
}

struct buffer *ws_frame_build_piece(const char *payload, size_t len, bool first, bool last)
{
    return frames_build((const unsigned char *)payload, len, first ? OPCODE_TEXT : OPCODE_CONTINUATION, last ? FIN : 0);
}

size_t ws_frame_unwrap(const struct buffer *frames, char *out)
{
    size_t len = 0;
    for (const unsigned char *p = frames->bytes, *end = p + frames->len; p < end;) {
        size_t n = p[1];
        p += 2;
        if (n == 126) {
            n = (size_t)p[0] << 8 | p[1];
            p += 2;
        }
        if (out)
            memcpy(out + len, p, n);
        len += n;
        p += n;
    }
    return len;
}

/* ---- compressed: each message by itself, so that all who agreed can be sent the same bytes ---- */

static _Thread_local struct {
    z_stream stream;
    bool ready;
    unsigned char *bytes;
    size_t room;
} deflater;

static bool deflater_ready(size_t len)
{
    if (deflater.ready && deflateReset(&deflater.stream) != Z_OK)
        return false;
    if (!deflater.ready)
        deflater.ready = deflateInit2(&deflater.stream, Z_BEST_SPEED, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!deflater.ready)
        return false;
    if (len <= deflater.room)
        return true;
    unsigned char *bytes = realloc(deflater.bytes, len);
    if (!bytes)
        return false;
    deflater.bytes = bytes;
    deflater.room = len;
    return true;
}

struct buffer *ws_frame_build_deflated(const char *payload, size_t len)
{
    z_stream *stream = &deflater.stream;
    if (len < WS_DEFLATE_MIN || !deflater_ready(len + TAIL))
        return NULL;
    stream->next_in = (Bytef *)(uintptr_t)payload;
    stream->avail_in = (uInt)len;
    stream->next_out = deflater.bytes;
    stream->avail_out = (uInt)(len + TAIL);
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in || !stream->avail_out)
        return NULL;
    size_t packed = len + TAIL - stream->avail_out - TAIL; /* without 00 00 ff ff, RFC 7692 7.2.1 */
    return packed < len ? frames_build(deflater.bytes, packed, OPCODE_TEXT | RSV1, FIN) : NULL;
}

void ws_frame_free_thread(void)
{
    if (deflater.ready)
        deflateEnd(&deflater.stream);
    free(deflater.bytes);
    memset(&deflater, 0, sizeof deflater);
}
