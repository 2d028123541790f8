#include "stats/stats.h"
#include "loop/worker.h"
#include "stats/private.h"

#include <stdalign.h>
#include <stdatomic.h>

enum { CACHE_LINE = 64, SLOTS = WORKER_MAX + 2 /* the main thread, and those that are neither */ };

const double stats_bounds[STATS_BUCKETS] = { STATS_BOUNDS };

struct histogram {
    atomic_uint_least64_t buckets[STATS_BUCKETS + 1]; /* the last: above all bounds */
    atomic_uint_least64_t nanoseconds;
};

static struct slot {
    alignas(CACHE_LINE) atomic_uint_least64_t counters[STATS_COUNTER_COUNT];
    struct histogram histograms[STATS_HISTOGRAM_COUNT];
} slots[SLOTS];

static struct slot *own_slot(void)
{
    unsigned index = worker_index();
    return &slots[index < SLOTS ? index : SLOTS - 1];
}

void stats_add(enum stats_counter counter, uint64_t n)
{
    atomic_fetch_add_explicit(&own_slot()->counters[counter], n, memory_order_relaxed);
}

void stats_observe(enum stats_histogram histogram, int64_t nanoseconds)
{
    struct histogram *own = &own_slot()->histograms[histogram];
    double seconds = (double)nanoseconds / 1e9;
    unsigned bucket = 0;
    while (bucket < STATS_BUCKETS && seconds > stats_bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&own->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&own->nanoseconds, (uint64_t)nanoseconds, memory_order_relaxed);
}

uint64_t stats_read(enum stats_counter counter)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        sum += atomic_load_explicit(&slots[i].counters[counter], memory_order_relaxed);
    return sum;
}

void stats_read_histogram(enum stats_histogram histogram, struct stats_sums *sums)
{
    *sums = (struct stats_sums){ 0 };
    for (unsigned i = 0; i < SLOTS; i++) {
        struct histogram *each = &slots[i].histograms[histogram];
        for (unsigned k = 0; k <= STATS_BUCKETS; k++)
            sums->buckets[k] += atomic_load_explicit(&each->buckets[k], memory_order_relaxed);
        sums->nanoseconds += atomic_load_explicit(&each->nanoseconds, memory_order_relaxed);
    }
}
