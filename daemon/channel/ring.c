#include "channel/ring.h"

#include <stdlib.h>

enum { FIRST_ROOM = 8 };

static atomic_size_t all_bytes;
static atomic_size_t bound = 256u << 20;

size_t rings_count_bytes(void)
{
    return atomic_load_explicit(&all_bytes, memory_order_relaxed);
}

void rings_set_bound(size_t bytes)
{
    atomic_store(&bound, bytes);
}

static struct shared_event *ring_at(const struct ring *ring, uint32_t i)
{
    return ring->events[(ring->head + i) & (ring->room - 1)];
}

static void ring_pop(struct ring *ring)
{
    struct shared_event *event = ring_at(ring, 0);
    ring->bytes -= event->size;
    atomic_fetch_sub_explicit(&all_bytes, event->size, memory_order_relaxed);
    ring->head = (ring->head + 1) & (ring->room - 1);
    ring->count--;
    shared_event_unref(event);
}

void ring_clear(struct ring *ring)
{
    while (ring->count)
        ring_pop(ring);
    free(ring->events);
    *ring = (struct ring){ 0 };
}

void ring_expire(struct ring *ring, int64_t before_ms)
{
    while (ring->count && ring_at(ring, 0)->made_ms < before_ms)
        ring_pop(ring);
}

static bool ring_grow(struct ring *ring)
{
    uint32_t room = ring->room ? ring->room * 2 : FIRST_ROOM;
    struct shared_event **events = malloc(room * sizeof(*events));
    if (!events)
        return false;
    for (uint32_t i = 0; i < ring->count; i++)
        events[i] = ring_at(ring, i);
    free(ring->events);
    ring->events = events;
    ring->head = 0;
    ring->room = room;
    return true;
}

void ring_push(struct ring *ring, struct shared_event *event, const struct ring_limits *limits)
{
    if (ring->count && ring_at(ring, ring->count - 1)->pub.pos + 1 != event->pub.pos)
        ring_clear(ring);
    if (!limits->events || event->size > limits->bytes)
        return ring_clear(ring);
    if (ring->count == ring->room && ring->count < limits->events && !ring_grow(ring))
        return ring_clear(ring);
    while (ring->count && (ring->count >= limits->events || ring->bytes + event->size > limits->bytes ||
                           rings_count_bytes() + event->size > atomic_load_explicit(&bound, memory_order_relaxed)))
        ring_pop(ring);
    if (!ring->room)
        return;
    ring->events[(ring->head + ring->count++) & (ring->room - 1)] = shared_event_ref(event);
    ring->bytes += event->size;
    atomic_fetch_add_explicit(&all_bytes, event->size, memory_order_relaxed);
}

bool ring_covers(const struct ring *ring, uint64_t pos)
{
    return ring->count && ring_at(ring, 0)->pub.pos <= pos + 1 && ring_at(ring, ring->count - 1)->pub.pos >= pos;
}

struct shared_event **ring_copy_after(const struct ring *ring, uint64_t pos, size_t *n)
{
    uint32_t skip = (uint32_t)(pos + 1 - ring_at(ring, 0)->pub.pos);
    struct shared_event **events = malloc((ring->count - skip + 1) * sizeof(*events));
    *n = 0;
    for (uint32_t i = skip; events && i < ring->count; i++)
        events[(*n)++] = shared_event_ref(ring_at(ring, i));
    return events;
}
