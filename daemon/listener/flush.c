#include "listener/listener_private.h"

#include <event2/event.h>
#include <poll.h>
#include <string.h>

enum { SWEEP_MS = 100, SERVICES_A_FLUSH = 32, SWEEP_LEAST = WRITE_MAX };

/* Hot: called for every delivery. */
void flush_join(struct conn *conn)
{
    struct lworker *worker = lworker_self();
    if (conn->in_flush || conn->dead)
        return;
    conn->in_flush = true;
    conn->next_flush = NULL;
    if (!worker->flush_head)
        event_active(worker->flush_event, EV_TIMEOUT, 1);
    *worker->flush_tail = conn;
    worker->flush_tail = &conn->next_flush;
}

bool flush_is_done(const struct conn *conn)
{
    return !conn->queue.count && !lws_partial_buffered(conn->wsi);
}

static bool is_writable(const struct conn *conn)
{
    /* After a close frame nothing may follow. */
    return !conn->full && conn->wsi && !conn->close_sent && !lws_partial_buffered(conn->wsi);
}

bool flush_queue(struct conn *conn)
{
    while (conn->queue.count && is_writable(conn)) {
        if (!write_once(conn))
            return false;
    }
    return true;
}

void flush_tell_drained(struct conn *conn)
{
    if (!conn->low_water_armed || conn_count_queued(conn) > conn->low_water)
        return;
    conn->low_water_armed = false;
    if (conn->owner_ops && conn->owner_ops->drained)
        conn->owner_ops->drained(conn->owner);
}

/* libwebsockets writes pongs and close frames, and goes on to the next request; then what was set aside is read. */
static void serve_library(struct conn *conn)
{
    for (int i = 0; i < SERVICES_A_FLUSH && !conn->dead && (conn->lws_writes || conn->paused); i++) {
        if (conn->full || lws_partial_buffered(conn->wsi))
            return;
        if (conn->lws_writes) {
            poll_service(conn, POLLOUT);
            if (!conn->dead && conn->kind == CONN_WS)
                close_after_write(conn);
        } else {
            conn->paused = false;
            lws_rx_flow_control(conn->wsi, 1);
            poll_service(conn, POLLIN);
        }
    }
}

static void flush_conn(struct conn *conn)
{
    if (conn->kind == CONN_HELD) {
        held_flush(conn);
        return;
    }
    if (conn->dead || !conn->wsi || !flush_queue(conn))
        return;
    if (conn->kind == CONN_HTTP && conn->request && flush_is_done(conn))
        respond_written(conn);
    if (!conn->dead && conn->closing && flush_is_done(conn))
        close_begin(conn);
    if (!conn->dead)
        serve_library(conn);
    if (!conn->dead)
        flush_tell_drained(conn);
}

static void flush_now(struct conn *conn)
{
    conn->flushing = true;
    flush_conn(conn);
    conn->flushing = false;
}

/* At once: while a long queue is written, the turns of the loop are what it costs. */
void flush_writable(struct conn *conn)
{
    conn->full = false;
    if (conn->wsi && lws_partial_buffered(conn->wsi)) {
        if (lws_write(conn->wsi, NULL, 0, LWS_WRITE_RAW) < 0) {
            conn_kill(conn);
            return;
        }
        if (lws_partial_buffered(conn->wsi))
            return;
        write_partial_ended(conn);
    }
    if (!conn->in_flush)
        flush_now(conn);
}

static size_t real_bytes(void)
{
    size_t bytes = buffers_count_bytes();
    for (unsigned i = 0; i < workers_count(); i++)
        bytes += atomic_load_explicit(&lworker_at(i)->partials, memory_order_relaxed) * WRITE_MAX;
    return bytes;
}

/* All together hold too much: those that hold most are closed, so that the others need not suffer. */
static void sweep(struct lworker *worker)
{
    if (worker->now_ms - worker->swept_ms < SWEEP_MS || real_bytes() <= settings_now()->queue_total)
        return;
    worker->swept_ms = worker->now_ms;
    while (real_bytes() > settings_now()->queue_total) {
        struct conn *most = NULL;
        for (struct conn *conn = worker->conns; conn; conn = conn->next) {
            if (!conn->closing && (!most || conn->queue.bytes > most->queue.bytes))
                most = conn;
        }
        if (!most || most->queue.bytes < SWEEP_LEAST)
            return;
        conn_close_slow(most);
    }
}

void flush_forget(struct lworker *worker)
{
    for (struct conn *conn; (conn = worker->flush_head);) {
        worker->flush_head = conn->next_flush;
        conn->in_flush = false;
        conn->next = worker->dead;
        worker->dead = conn;
    }
    worker->flush_tail = &worker->flush_head;
}

/*
 * Among thousands, none is in the processor's cache when its turn comes: what its write touches is asked for during the
 * write before it, and its own place in memory one write earlier.
 */
static void prefetch_flush(const struct conn *next)
{
    enum { LINE = 64, LWS_LINES = 12 }; /* more than half of a struct lws */
    if (!next || !next->wsi)
        return;
    if (next->next_flush)
        conn_prefetch(next->next_flush);
    __builtin_prefetch(next->queue.frames);
    for (size_t i = 0; i < LWS_LINES; i++)
        __builtin_prefetch((const char *)next->wsi + i * LINE);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    struct lworker *worker = arg;
    (void)fd, (void)what;
    for (struct conn *conn; (conn = worker->flush_head);) {
        worker->flush_head = conn->next_flush;
        if (!worker->flush_head)
            worker->flush_tail = &worker->flush_head;
        prefetch_flush(worker->flush_head);
        conn->in_flush = false;
        if (conn->dead) {
            conn->next = worker->dead;
            worker->dead = conn;
            continue;
        }
        flush_now(conn);
        poll_sync(conn);
    }
    sweep(worker);
    poll_turn_ended(worker);
}

void flush_open(struct lworker *worker)
{
    worker->flush_tail = &worker->flush_head;
    worker->flush_event = event_new(worker_base(worker->index), -1, 0, on_flush, worker);
}
