#include "stream.h"

/* One timer a worker that sweeps its streams: a quarter of the time a tick, so a comment is at most a quarter late. */
enum { TICKS = 4 };

static _Thread_local struct {
    struct stream *streams;
    carillon_handle timer;
    uint32_t tick;
} worker;

static void start_timer(void);

static void sweep(void *arg)
{
    (void)arg;
    static const struct carillon_str comment = { ":\n\n", 3 };
    worker.tick++;
    for (const struct stream *stream = worker.streams; stream; stream = stream->next) {
        if (worker.tick - stream->written >= TICKS)
            sse.host->conn_send(stream->conn, comment);
    }
    start_timer();
}

static void start_timer(void)
{
    int64_t silence_ms = sse.host->option_int(sse.self, "keep_alive");
    if (sse.host->timer_start(sse.self, silence_ms / TICKS, sweep, NULL, &worker.timer) != CARILLON_OK)
        sse.host->log(sse.self, CARILLON_LOG_ERROR, "no timer: silent streams get no comments");
}

void keep_alive_add(struct stream *stream)
{
    stream->written = worker.tick;
    stream->next = worker.streams;
    stream->link = &worker.streams;
    if (stream->next)
        stream->next->link = &stream->next;
    else
        start_timer();
    worker.streams = stream;
}

void keep_alive_remove(struct stream *stream)
{
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    if (!worker.streams)
        sse.host->timer_stop(worker.timer);
}

void keep_alive_note(struct stream *stream)
{
    stream->written = worker.tick;
}
