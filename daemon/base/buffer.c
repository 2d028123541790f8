#include "base/buffer.h"

#include <stdlib.h>

static atomic_size_t all_bytes;

struct buffer *buffer_new(size_t len)
{
    struct buffer *buffer = malloc(sizeof *buffer + len);
    if (!buffer)
        return NULL;
    atomic_init(&buffer->refs, 1);
    buffer->len = len;
    atomic_fetch_add_explicit(&all_bytes, len, memory_order_relaxed);
    return buffer;
}

struct buffer *buffer_ref(struct buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
    return buffer;
}

void buffer_unref(struct buffer *buffer)
{
    if (!buffer || atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_sub_explicit(&all_bytes, buffer->len, memory_order_relaxed);
    free(buffer);
}

size_t buffers_count_bytes(void)
{
    return atomic_load_explicit(&all_bytes, memory_order_relaxed);
}

struct frame *frame_new(struct buffer *buffer)
{
    struct frame *frame = buffer ? malloc(sizeof *frame) : NULL;
    if (!frame) {
        buffer_unref(buffer);
        return NULL;
    }
    frame->refs = 1;
    frame->buffer = buffer;
    return frame;
}

struct frame *frame_ref(struct frame *frame)
{
    frame->refs++;
    return frame;
}

void frame_unref(struct frame *frame)
{
    if (!frame || --frame->refs)
        return;
    buffer_unref(frame->buffer);
    free(frame);
}
