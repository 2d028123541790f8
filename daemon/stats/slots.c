#include "stats/slots.h"
#include "loop/worker.h"

#include <stdalign.h>
#include <stdatomic.h>

enum { SLOTS = WORKER_NONE + 1 };

struct histogram_cells {
    _Atomic uint64_t counts[BUCKETS_MAX], sum;
};

/* A worker's own. Cache lines are not shared with a neighbour. */
struct slot {
    alignas(128) _Atomic uint64_t counters[SLOT_COUNTER_COUNT];
    struct histogram_cells histograms[STAT_HISTOGRAM_COUNT];
};

static struct slot slots[SLOTS];

static const uint64_t bounds_TIME[] = { STATS_BUCKETS_TIME };
static const uint64_t bounds_COUNT[] = { STATS_BUCKETS_COUNT };
_Static_assert(sizeof bounds_TIME / sizeof bounds_TIME[0] < BUCKETS_MAX, "one more is for what is above");
_Static_assert(sizeof bounds_COUNT / sizeof bounds_COUNT[0] < BUCKETS_MAX, "one more is for what is above");

enum { SHOWN_AS_TIME = 1, SHOWN_AS_COUNT = 0 };
static const struct buckets bucket_sets[STAT_HISTOGRAM_COUNT] = {
#define STATS_X(name, family, label, value, buckets, help)                                                             \
    [STAT_##name] = { bounds_##buckets, sizeof bounds_##buckets / sizeof bounds_##buckets[0], SHOWN_AS_##buckets },
    STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
};

/* A worker's slot has one writer: no locked instruction is needed. The last slot is shared. */
static void add(_Atomic uint64_t *cell, unsigned slot, uint64_t n)
{
    if (slot == WORKER_NONE)
        atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
    else
        atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + n, memory_order_relaxed);
}

static unsigned own_slot(void)
{
    unsigned index = worker_index();
    return index < SLOTS ? index : WORKER_NONE;
}

static void add_counter(unsigned counter, uint64_t n)
{
    unsigned slot = own_slot();
    add(&slots[slot].counters[counter], slot, n);
}

void stats_add(enum stat_counter counter, uint64_t n)
{
    add_counter(counter, n);
}

void stats_count_closed(enum error_code error)
{
    add_counter(SLOT_CLOSED + (unsigned)error, 1);
}

void stats_count_error(enum error_code error)
{
    add_counter(SLOT_ERRORS + (unsigned)error, 1);
}

void stats_add_own(unsigned id, uint64_t n)
{
    add_counter(SLOT_OWN + id, n);
}

void stats_observe(enum stat_histogram histogram, uint64_t value)
{
    const struct buckets *set = &bucket_sets[histogram];
    unsigned slot = own_slot();
    struct histogram_cells *cells = &slots[slot].histograms[histogram];
    size_t i = 0;
    while (i < set->count && value > set->bounds[i])
        i++;
    add(&cells->counts[i], slot, 1);
    add(&cells->sum, slot, value);
}

struct buckets slots_buckets(enum stat_histogram histogram)
{
    return bucket_sets[histogram];
}

uint64_t slots_sum(unsigned counter)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        sum += atomic_load_explicit(&slots[i].counters[counter], memory_order_relaxed);
    return sum;
}

void slots_clear(unsigned counter)
{
    for (unsigned i = 0; i < SLOTS; i++)
        atomic_store_explicit(&slots[i].counters[counter], 0, memory_order_relaxed);
}

uint64_t slots_sum_histogram(enum stat_histogram histogram, uint64_t counts[BUCKETS_MAX])
{
    uint64_t sum = 0;
    for (size_t k = 0; k < BUCKETS_MAX; k++)
        counts[k] = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        struct histogram_cells *cells = &slots[i].histograms[histogram];
        sum += atomic_load_explicit(&cells->sum, memory_order_relaxed);
        for (size_t k = 0; k < BUCKETS_MAX; k++)
            counts[k] += atomic_load_explicit(&cells->counts[k], memory_order_relaxed);
    }
    return sum;
}

uint64_t stats_read(enum stat_counter counter)
{
    return slots_sum(counter);
}
