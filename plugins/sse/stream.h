/*
 * One SSE client: its connection, its session and the channels it asked for.
 *
 *   sse.c         the plugin, its codec
 *   open.c        a request becomes a stream, or is refused with a status
 *   stream.c      what the session tells, to the client; the cursor behind each flush
 *   keep_alive.c  comments on streams where nothing is said
 *   cursor.c, channels.c    what clients send, pure
 *
 * All of it on the connection's worker.
 */
#ifndef CARILLON_SSE_STREAM_H
#define CARILLON_SSE_STREAM_H

#include "channels.h"
#include "cursor.h"
#include "frames.h"
#include <carillon/plugin.h>

struct stream {
    struct stream *next, **link; /* keep_alive.c */
    carillon_handle conn, session;
    struct cursor *resume; /* until the channels are subscribed to; NULL: they begin now */
    uint64_t places_hash;  /* of the last cursor that was sent */
    uint32_t written;      /* in which tick of keep_alive.c */
    unsigned waiting;      /* channels whose subscription is not answered yet */
    struct carillon_str sealed;
    size_t channel_count;
    struct carillon_str channels[]; /* then their bytes and those of sealed */
};

/* Set in init, read by all workers. */
struct sse_plugin {
    const struct carillon_host *host;
    struct carillon_plugin_self *self;
    unsigned codec;
};
extern struct sse_plugin sse;
extern const struct carillon_session_ops stream_session_ops;

/* The route's handler. */
void sse_open(const struct carillon_http_request *request, void *user);

/* Copies channels and sealed, takes resume (may be NULL). NULL: no memory. */
struct stream *stream_new(const struct channels *channels, struct carillon_str sealed, struct cursor *resume);
void stream_free(struct stream *stream);
/* Sends what was written and frees it. */
void stream_send(struct stream *stream, struct text *text);
/* Tells the failure and ends the stream. */
void stream_refuse(struct stream *stream, const struct carillon_failure *failure);

void keep_alive_add(struct stream *stream);
void keep_alive_remove(struct stream *stream);
/* Its queue is being written. */
void keep_alive_note(struct stream *stream);

#endif
