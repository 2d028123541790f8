/*
 * Shared buffers: bytes that are written once and sent to many.
 *
 * A buffer counts references atomically, one a worker; a frame is one worker's reference, with a plain count within, so
 * that queueing it for a thousand sessions costs no atomic operation. Bytes do not change after buffer_new's caller
 * published the buffer.
 */
#ifndef CARILLON_BASE_BUFFER_H
#define CARILLON_BASE_BUFFER_H

#include <carillon/types.h>
#include <stdatomic.h>

struct buffer {
    atomic_uint refs;
    size_t len;
    unsigned char bytes[];
};

/* Any thread. One reference; NULL when memory is short. */
struct buffer *buffer_new(size_t len);
struct buffer *buffer_ref(struct buffer *buffer);
void buffer_unref(struct buffer *buffer);
/* Bytes in all buffers just now: the real memory that queued data takes, however many queues hold it. */
size_t buffers_count_bytes(void);

/* One worker's reference to a buffer. */
struct frame {
    unsigned refs;
    struct buffer *buffer;
};

/* Takes over the caller's reference to the buffer; on lack of memory gives it back and answers NULL. */
struct frame *frame_new(struct buffer *buffer);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame);

#endif
