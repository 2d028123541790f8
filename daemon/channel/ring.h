/*
 * A channel's recent events, for recovery without the storage. Bounded by count and bytes a channel and by bytes in all;
 * what is evicted leads a client to the storage or to a reset, never to a hole. On the home's worker.
 */
#ifndef CARILLON_CHANNEL_RING_H
#define CARILLON_CHANNEL_RING_H

#include "message/shared_event.h"

struct ring {
    struct shared_event **events; /* contiguous positions, oldest at head; NULL while empty */
    uint32_t head, count, room;
    size_t bytes;
};

struct ring_limits {
    uint32_t events;
    size_t bytes;
};

/* Takes a reference. An event that does not follow the newest by one empties the ring first. */
void ring_push(struct ring *ring, struct shared_event *event, const struct ring_limits *limits);
/* Does it hold everything after pos? (true also when pos is the newest and the ring is not empty) */
bool ring_covers(const struct ring *ring, uint64_t pos);
/* References to the events after pos, in an array that the caller frees; NULL when memory is short. */
struct shared_event **ring_copy_after(const struct ring *ring, uint64_t pos, size_t *n);
/* Drops what was made before (monotonic). */
void ring_expire(struct ring *ring, int64_t before_ms);
void ring_clear(struct ring *ring);
/* Bytes in all rings of the process, and the bound above which rings give way (option limits.rings). */
size_t rings_count_bytes(void);
void rings_set_bound(size_t bytes);

#endif
