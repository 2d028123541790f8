/*
 * For transports whose client comes and goes by HTTP requests: what outlives each of them.
 *
 * A held connection has no socket. A session is opened on it as on any other, with a codec of framing NONE; what it is sent
 * waits there, bounded like every queue (limits.queue), until the transport takes it and gives it to whichever request the
 * client has open. Such a request may have come to another worker than the session's: worker_post tells one from there.
 */
#ifndef CARILLON_HOLD_H
#define CARILLON_HOLD_H

#include <carillon/types.h>

struct carillon_hold {
    size_t size;
    /* Frames wait; once in a turn of the loop in which one was added. They may be left for later. */
    void (*waiting)(carillon_handle conn, void *state);
    /* Closed, whoever did it, with the code and reason that conn_close was told; its session has ended. What still waits
       can be taken a last time; state is not used again. */
    void (*closed)(carillon_handle conn, void *state, unsigned code, struct carillon_str reason);
};

/* Gets the oldest frame that waits; true: taken, and the next one is asked about. */
typedef bool (*carillon_take_fn)(void *arg, struct carillon_str frame);

/* Whoever feeds a stream (http_stream) without a session on it. */
struct carillon_stream_watch {
    size_t size;
    void (*drained)(void *state); /* all that was sent is with the kernel; after each conn_send that did not end it */
    void (*closed)(void *state);  /* gone, whoever closed it; the last callback */
};

#endif
