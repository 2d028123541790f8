#include "listener/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/* ---- what is agreed ---- */

enum { BITS_MIN = 8, BITS_MAX = 15, FIRST_ROOM = 4096, KEEP_ROOM = 256 * 1024 };

static struct carillon_str trimmed(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct carillon_str){ from, (size_t)(to - from) };
}

/* The part before the next separator; *rest moves behind it. */
static struct carillon_str cut(struct carillon_str *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    const char *stop = end ? end : rest->ptr + rest->len;
    struct carillon_str part = trimmed(rest->ptr, stop);
    rest->len = end ? rest->len - (size_t)(end - rest->ptr) - 1 : 0;
    rest->ptr = end ? end + 1 : stop;
    return part;
}

static bool is_token(struct carillon_str text, const char *token)
{
    return text.len == strlen(token) && strncasecmp(text.ptr, token, text.len) == 0;
}

/* 8 to 15, without a leading zero, perhaps quoted; 0: something else. */
static int bits_parse(struct carillon_str value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = (struct carillon_str){ value.ptr + 1, value.len - 2 };
    if (value.len == 1 && (value.ptr[0] == '8' || value.ptr[0] == '9'))
        return value.ptr[0] - '0';
    if (value.len == 2 && value.ptr[0] == '1' && value.ptr[1] >= '0' && value.ptr[1] <= '5')
        return 10 + value.ptr[1] - '0';
    return 0;
}

enum { SEEN_SERVER_CONTEXT = 1, SEEN_CLIENT_CONTEXT = 2, SEEN_SERVER_BITS = 4, SEEN_CLIENT_BITS = 8 };

/* One parameter of an offer; false makes the offer invalid. Each may come once. */
static bool parameter_take(struct carillon_str parameter, unsigned *seen, struct deflate_agreed *agreed)
{
    struct carillon_str value = parameter, name = cut(&value, '=');
    bool has_value = name.len < parameter.len;
    unsigned bit = is_token(name, "server_no_context_takeover")   ? SEEN_SERVER_CONTEXT
                   : is_token(name, "client_no_context_takeover") ? SEEN_CLIENT_CONTEXT
                   : is_token(name, "server_max_window_bits")     ? SEEN_SERVER_BITS
                   : is_token(name, "client_max_window_bits")     ? SEEN_CLIENT_BITS
                                                                  : 0;
    if (!bit || *seen & bit)
        return false;
    *seen |= bit;
    int bits = has_value ? bits_parse(trimmed(value.ptr, value.ptr + value.len)) : 0;
    if (bit == SEEN_SERVER_BITS) {
        agreed->server_bits = bits;
        agreed->server_bits_told = true;
        return bits != 0;
    }
    return bit == SEEN_CLIENT_BITS ? !has_value || bits : !has_value;
}

static bool offer_take(struct carillon_str offer, struct deflate_agreed *agreed)
{
    unsigned seen = 0;
    *agreed = (struct deflate_agreed){ .server_bits = BITS_MAX };
    if (!is_token(cut(&offer, ';'), "permessage-deflate"))
        return false;
    while (offer.len) {
        if (!parameter_take(cut(&offer, ';'), &seen, agreed))
            return false;
    }
    return true;
}

bool deflate_negotiate(struct carillon_str offers, struct deflate_agreed *agreed)
{
    while (offers.len) {
        if (offer_take(cut(&offers, ','), agreed))
            return true;
    }
    return false;
}

size_t deflate_answer(const struct deflate_agreed *agreed, char *out, size_t room)
{
    int len = snprintf(out, room, "; server_no_context_takeover; client_no_context_takeover");
    if (agreed->server_bits_told)
        len += snprintf(out + len, room - (size_t)len, "; server_max_window_bits=%d", agreed->server_bits);
    return (size_t)len;
}

/* ---- inflating ---- */

static _Thread_local struct {
    z_stream stream;
    bool ready;
    char *bytes;
    size_t room;
} inflater;

static bool inflater_ready(void)
{
    if (inflater.ready)
        return inflateReset(&inflater.stream) == Z_OK;
    inflater.ready = inflateInit2(&inflater.stream, -BITS_MAX) == Z_OK;
    return inflater.ready;
}

static bool room_for(size_t need)
{
    if (need <= inflater.room)
        return true;
    char *bytes = realloc(inflater.bytes, need);
    if (!bytes)
        return false;
    inflater.bytes = bytes;
    inflater.room = need;
    return true;
}

/* Feeds one piece. */
static enum carillon_result inflate_piece(const char *data, size_t len, size_t most, size_t *done)
{
    z_stream *stream = &inflater.stream;
    stream->next_in = (Bytef *)(uintptr_t)data;
    stream->avail_in = (uInt)len;
    for (;;) {
        size_t room = *done * 2 < FIRST_ROOM ? FIRST_ROOM : *done * 2;
        if (room > most + 1)
            room = most + 1;
        if (room > *done && !room_for(room + 1))
            return CARILLON_NO_MEMORY;
        stream->next_out = (Bytef *)inflater.bytes + *done;
        stream->avail_out = (uInt)(room - *done);
        int result = inflate(stream, Z_SYNC_FLUSH);
        *done = room - stream->avail_out;
        if (*done > most)
            return CARILLON_TOO_LARGE;
        if (result == Z_STREAM_END) /* a final block: allowed, and the end of it */
            return CARILLON_OK;
        if (result != Z_OK && result != Z_BUF_ERROR)
            return CARILLON_INVALID;
        if (stream->avail_out)
            return CARILLON_OK;
    }
}

enum carillon_result deflate_inflate(const char *data, size_t len, size_t most, struct inflated *out)
{
    static const char tail[] = { 0, 0, (char)0xff, (char)0xff }; /* left out by the sender, RFC 7692 7.2.2 */
    size_t done = 0;
    if (inflater.room > KEEP_ROOM) {
        free(inflater.bytes);
        inflater.bytes = NULL;
        inflater.room = 0;
    }
    if (!inflater_ready())
        return CARILLON_NO_MEMORY;
    enum carillon_result result = inflate_piece(data, len, most, &done);
    if (result == CARILLON_OK)
        result = inflate_piece(tail, sizeof tail, most, &done);
    if (result != CARILLON_OK)
        return result;
    inflater.bytes[done] = '\0';
    *out = (struct inflated){ inflater.bytes, done };
    return CARILLON_OK;
}

void deflate_free_thread(void)
{
    if (inflater.ready)
        inflateEnd(&inflater.stream);
    free(inflater.bytes);
    memset(&inflater, 0, sizeof inflater);
}
