#include "fanout/outq.h"

#include <stdlib.h>

enum { FIRST_ROOM = 8, KEEP_ROOM = 64 };

static bool outq_grow(struct outq *queue)
{
    uint32_t room = queue->room ? queue->room * 2 : FIRST_ROOM;
    struct frame **frames = malloc(room * sizeof(*frames));
    if (!frames)
        return false;
    for (uint32_t i = 0; i < queue->count; i++)
        frames[i] = outq_at(queue, i);
    free(queue->frames);
    queue->frames = frames;
    queue->head = 0;
    queue->room = room;
    return true;
}

enum carillon_result outq_push(struct outq *queue, struct frame *frame)
{
    if (queue->count == queue->room && !outq_grow(queue))
        return CARILLON_NO_MEMORY;
    queue->frames[(queue->head + queue->count++) & (queue->room - 1)] = frame_ref(frame);
    queue->bytes += frame->buffer->len;
    return CARILLON_OK;
}

static void outq_pop(struct outq *queue)
{
    frame_unref(outq_at(queue, 0));
    queue->head = (queue->head + 1) & (queue->room - 1);
    queue->count--;
    queue->offset = 0;
}

void outq_consume(struct outq *queue, size_t n)
{
    queue->bytes -= n;
    while (n) {
        size_t left = outq_at(queue, 0)->buffer->len - queue->offset;
        if (n < left) {
            queue->offset += (uint32_t)n;
            return;
        }
        n -= left;
        outq_pop(queue);
    }
    if (!queue->count && queue->room > KEEP_ROOM)
        outq_clear(queue);
}

void outq_drop_unsent(struct outq *queue)
{
    uint32_t keep = queue->offset ? 1 : 0;
    while (queue->count > keep) {
        struct frame *last = outq_at(queue, queue->count - 1);
        queue->bytes -= last->buffer->len;
        queue->count--;
        frame_unref(last);
    }
}

void outq_clear(struct outq *queue)
{
    while (queue->count)
        outq_pop(queue);
    free(queue->frames);
    *queue = (struct outq){ 0 };
}
