#include "plugin/host_private.h"

#include "listener/conn.h"
#include "loop/post.h"

#include <stdlib.h>

enum carillon_result host_worker_post(struct carillon_plugin_self *self, unsigned worker, carillon_task_fn run,
                                      void *arg)
{
    return worker < workers_count() ? post_call_counted(worker, run, arg, &self->posts) : CARILLON_INVALID;
}

/* One that leaves would wait for it. */
enum carillon_result host_conn_hold(struct carillon_plugin_self *self, struct carillon_str address,
                                    const struct carillon_hold *hold, void *state, carillon_handle *conn)
{
    return self->leaving ? CARILLON_UNAVAILABLE : conn_hold(address, hold, state, conn);
}

/* ---- streams that a plugin feeds ---- */

struct watched_stream {
    const struct carillon_stream_watch *watch;
    void *state;
    carillon_handle conn;
};

static void stream_drained(void *owner)
{
    const struct watched_stream *stream = owner;
    struct conn *conn = conn_get(stream->conn, NULL);
    if (conn)
        conn_set_low_water(conn, 0);
    stream->watch->drained(stream->state);
}

static void stream_closed(void *owner)
{
    struct watched_stream *stream = owner;
    stream->watch->closed(stream->state);
    free(stream);
}

enum carillon_result host_stream_watch(carillon_handle handle, const struct carillon_stream_watch *watch, void *state)
{
    static const struct conn_owner_ops ops = { .closed = stream_closed, .drained = stream_drained };
    enum carillon_result why = CARILLON_OK;
    struct conn *conn = conn_get(handle, &why);
    struct watched_stream *stream = conn ? malloc(sizeof *stream) : NULL;
    if (!stream)
        return conn ? CARILLON_NO_MEMORY : why;
    *stream = (struct watched_stream){ .watch = watch, .state = state, .conn = handle };
    why = conn_set_owner(conn, &ops, stream);
    if (why != CARILLON_OK)
        free(stream);
    else
        conn_set_low_water(conn, 0);
    return why;
}
