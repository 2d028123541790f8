/*
 * The bounded queue of what one connection has still to send: references to shared frames, in order.
 *
 * Empty it takes no memory of its own. Belongs to the connection's worker.
 */
#ifndef CARILLON_FANOUT_OUTQ_H
#define CARILLON_FANOUT_OUTQ_H

#include "base/buffer.h"

struct outq {
    struct frame **frames; /* a ring of `room`, a power of two; NULL while room is 0 */
    uint32_t head, count, room;
    uint32_t offset; /* bytes of the first frame that are sent */
    size_t bytes;    /* still to send */
};

/* Takes a reference of its own to the frame. NO_MEMORY leaves the queue as it was. */
enum carillon_result outq_push(struct outq *queue, struct frame *frame);
/* The first n bytes are sent: lets go of the frames that are through. */
void outq_consume(struct outq *queue, size_t n);
/* Drops what no byte was sent of; a frame that is half sent stays, as the stream would break without its end. */
void outq_drop_unsent(struct outq *queue);
/* Lets go of everything, and of the ring. */
void outq_clear(struct outq *queue);

static inline struct frame *outq_at(const struct outq *queue, uint32_t i)
{
    return queue->frames[(queue->head + i) & (queue->room - 1)];
}

#endif
