/*
 * What stats/ shares within.
 */
#ifndef CARILLON_STATS_PRIVATE_H
#define CARILLON_STATS_PRIVATE_H

#include "stats/stats.h"

/* Seconds. */
#define STATS_BOUNDS                                                                                                   \
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
enum { STATS_BUCKETS = 16 };
extern const double stats_bounds[STATS_BUCKETS];

struct stats_sums {
    uint64_t buckets[STATS_BUCKETS + 1], nanoseconds;
};

void stats_read_histogram(enum stats_histogram histogram, struct stats_sums *sums);

#endif
