#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* A session is subscribed to its personal channel too, and to what else the daemon adds. */
enum { POSITIONS_MAX = CURSOR_PLACES_MAX + 8 };

static struct carillon_str copy_to(char **to, struct carillon_str string)
{
    char *copy = memcpy(*to, string.ptr, string.len);
    copy[string.len] = '\0';
    *to += string.len + 1;
    return (struct carillon_str){ copy, string.len };
}

struct stream *stream_new(const struct channels *channels, struct carillon_str sealed, struct cursor *resume)
{
    size_t size = sizeof(struct stream) + channels->count * sizeof channels->names[0];
    struct stream *stream = malloc(size + channels->bytes + sealed.len + 1);
    if (!stream)
        return NULL;
    *stream = (struct stream){ .resume = resume,
                               .channel_count = channels->count,
                               .waiting = (unsigned)channels->count };
    char *to = (char *)stream + size;
    for (size_t i = 0; i < channels->count; i++)
        stream->channels[i] = copy_to(&to, channels->names[i]);
    stream->sealed = copy_to(&to, sealed);
    return stream;
}

void stream_free(struct stream *stream)
{
    free(stream->resume);
    free(stream);
}

void stream_send(struct stream *stream, struct text *text)
{
    struct carillon_str bytes = text_str(text);
    if (bytes.ptr)
        sse.host->conn_send(stream->conn, bytes);
    else
        sse.host->log(sse.self, CARILLON_LOG_ERROR, "no memory for a stream's data");
    text_free(text);
}

static void begin_data(struct text *text)
{
    text_put_cstr(text, "data: ");
}

static void send_data(struct stream *stream, struct text *text)
{
    text_put_cstr(text, "\n\n");
    stream_send(stream, text);
}

void stream_refuse(struct stream *stream, const struct carillon_failure *failure)
{
    struct text text = { 0 };
    begin_data(&text);
    frame_put_error(&text, (struct carillon_str){ 0 }, failure);
    send_data(stream, &text);
    sse.host->conn_close(stream->conn, 1000, failure->detail);
}

/* A channel that cannot be had, or no longer, leaves the others as they are. */
static void tell_unsubscribed(struct stream *stream, struct carillon_str channel, const struct carillon_failure *why)
{
    struct text text = { 0 };
    begin_data(&text);
    frame_put_unsubscribed(&text, (struct carillon_str){ 0 }, channel, why);
    send_data(stream, &text);
}

static enum carillon_result subscribe(struct stream *stream, size_t i)
{
    struct cursor_place place = { 0 };
    if (stream->resume && i < stream->resume->place_count)
        place = stream->resume->places[i];
    else if (stream->resume) /* a cursor of fewer channels: nothing is known of this one, and no epoch has this name */
        place.epoch = CARILLON_STR("-");
    return sse.host->session_subscribe(stream->session, stream->channels[i], place.epoch, place.pos, i);
}

static void signed_in(carillon_handle session, void *state, uint64_t cookie, const struct carillon_identity *identity,
                      const struct carillon_failure *failure)
{
    (void)cookie;
    struct stream *stream = state;
    if (failure) {
        stream_refuse(stream, failure);
        return;
    }
    struct text text = { 0 };
    begin_data(&text);
    frame_put_connected(&text, (struct carillon_str){ 0 }, session, identity, false);
    send_data(stream, &text);
    for (size_t i = 0; i < stream->channel_count; i++) {
        enum carillon_result result = subscribe(stream, i);
        if (result == CARILLON_OK)
            continue;
        const struct carillon_failure why = sse.host->failure_of(result);
        tell_unsubscribed(stream, stream->channels[i], &why);
        stream->waiting--;
    }
    free(stream->resume);
    stream->resume = NULL;
}

static void subscribed(carillon_handle session, void *state, uint64_t cookie, const struct carillon_subscribed *what,
                       const struct carillon_failure *failure)
{
    (void)session;
    struct stream *stream = state;
    stream->waiting--;
    if (failure) {
        tell_unsubscribed(stream, stream->channels[cookie], failure);
        return;
    }
    struct text text = { 0 };
    begin_data(&text);
    frame_put_subscribed(&text, (struct carillon_str){ 0 }, what);
    send_data(stream, &text);
}

static void unsubscribed(carillon_handle session, void *state, struct carillon_str channel,
                         const struct carillon_failure *failure)
{
    (void)session;
    tell_unsubscribed(state, channel, failure);
}

/* An EventSource obeys `retry`: that spreads the clients of a daemon that stops. */
static void closing(carillon_handle session, void *state, const struct carillon_failure *failure,
                    int64_t reconnect_after_ms)
{
    (void)session;
    struct text text = { 0 };
    if (reconnect_after_ms > 0) {
        text_put_cstr(&text, "retry: ");
        text_put_int(&text, reconnect_after_ms);
        text_put_cstr(&text, "\n");
    }
    begin_data(&text);
    frame_put_closing(&text, failure, reconnect_after_ms);
    send_data(state, &text);
}

static bool is_same(struct carillon_str a, struct carillon_str b)
{
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* The session lists its subscriptions in the order they were made, mostly that of the request: so begin where the last was. */
static struct cursor_place find_place(struct carillon_str channel, const struct carillon_position *positions, size_t n,
                                      size_t *hint)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = (*hint + i) % n;
        if (is_same(positions[at].channel, channel)) {
            *hint = at + 1;
            return (struct cursor_place){ positions[at].epoch, positions[at].pos };
        }
    }
    return (struct cursor_place){ 0 };
}

static uint64_t hash_bytes(const char *bytes, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

/* Behind what is about to be written: the cursor that covers it, unless no place moved. Its event has a type that nobody
   needs to listen to, and empty data: npm's eventsource forgets the id of a block without data. While channels are still
   being subscribed to, the client keeps the cursor it came with. */
static size_t flushing(carillon_handle session, void *state, char *out, size_t room)
{
    struct stream *stream = state;
    keep_alive_note(stream);
    if (stream->waiting > 0)
        return 0;
    struct carillon_position positions[POSITIONS_MAX];
    size_t n = sse.host->session_positions(session, positions, POSITIONS_MAX);
    if (n > POSITIONS_MAX)
        n = POSITIONS_MAX;
    struct cursor_place places[CURSOR_PLACES_MAX];
    size_t hint = 0;
    for (size_t i = 0; i < stream->channel_count; i++)
        places[i] = find_place(stream->channels[i], positions, n, &hint);

    struct text text = text_in(out, room);
    text_put_cstr(&text, "event: cursor\ndata:\nid: ");
    size_t start = text.len;
    cursor_put(&text, stream->sealed, places, stream->channel_count);
    size_t same = start + stream->sealed.len; /* what comes before never changes */
    uint64_t hash = text.failed ? 0 : hash_bytes(out + same, text.len - same);
    text_put_cstr(&text, "\n\n");
    if (text.failed || hash == stream->places_hash)
        return 0;
    stream->places_hash = hash;
    return text.len;
}

static void ended(void *state)
{
    keep_alive_remove(state);
    stream_free(state);
}

const struct carillon_session_ops stream_session_ops = {
    .size = sizeof stream_session_ops,
    .signed_in = signed_in,
    .subscribed = subscribed,
    .unsubscribed = unsubscribed,
    .closing = closing,
    .flushing = flushing,
    .ended = ended,
};
