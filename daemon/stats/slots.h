/*
 * Where the numbers are kept. Shared by the files of stats/ alone.
 */
#ifndef CARILLON_STATS_SLOTS_H
#define CARILLON_STATS_SLOTS_H

#include "stats/stats.h"

enum { OWN_COUNTERS_MAX = 256, BUCKETS_MAX = 24 };

/* Counters in one row: the table's, closed by error, errors told, those registered later. */
enum {
    SLOT_CLOSED = STAT_COUNTER_COUNT,
    SLOT_ERRORS = SLOT_CLOSED + ERROR_COUNT,
    SLOT_OWN = SLOT_ERRORS + ERROR_COUNT,
    SLOT_COUNTER_COUNT = SLOT_OWN + OWN_COUNTERS_MAX
};

struct buckets {
    const uint64_t *bounds;
    size_t count;
    bool seconds; /* nanoseconds are counted, seconds shown */
};

struct buckets slots_buckets(enum stat_histogram histogram);
uint64_t slots_sum(unsigned counter);
/* Takes a registered counter back to 0, once nobody counts in it. */
void slots_clear(unsigned counter);
/* counts: one a bucket and one above the last; returns the sum of what was observed. */
uint64_t slots_sum_histogram(enum stat_histogram histogram, uint64_t counts[BUCKETS_MAX]);

#endif
