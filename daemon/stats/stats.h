/*
 * What is counted, for Prometheus.
 *
 * Each worker counts in slots of its own, without contention; a reader adds them up. Threads that are no workers share one
 * slot. Metrics of the daemon stand in the tables of stats/tables.h; modules and plugins register further ones.
 *
 * Names get the prefix "carillon_". Counters only grow; a gauge is asked for when somebody reads.
 */
#ifndef CARILLON_STATS_STATS_H
#define CARILLON_STATS_STATS_H

#include "stats/tables.h"

enum stat_counter {
#define STATS_X(name, family, label, value, help) STAT_##name,
    STATS_COUNTERS(STATS_X)
#undef STATS_X
        STAT_COUNTER_COUNT
};

enum stat_histogram {
#define STATS_X(name, family, label, value, buckets, help) STAT_##name,
    STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
        STAT_HISTOGRAM_COUNT
};

/* Any thread. */
void stats_add(enum stat_counter counter, uint64_t n);
static inline void stats_count(enum stat_counter counter)
{
    stats_add(counter, 1);
}
/* Connections closed by the daemon because of it (ERROR_NONE: by the client); errors told to clients. */
void stats_count_closed(enum error_code error);
void stats_count_error(enum error_code error);
/* TIME: nanoseconds; else what the table says. */
void stats_observe(enum stat_histogram histogram, uint64_t value);
/* The sum over all workers, for tests and the console. */
uint64_t stats_read(enum stat_counter counter);

/*
 * Further metrics, by the main thread; they are gone after stats_withdraw(owner), which waits for a reader to finish. Names
 * and labels are copied. family: without the prefix, a counter's ends in "_total". labels: NULL, or "op=\"x\",kind=\"y\"",
 * escaped by stats_label where a value comes from outside. EXISTS: the family has these labels, or is of another type;
 * INVALID: a name that Prometheus does not allow; LIMIT: too many.
 */
struct stat_metric {
    const char *family, *labels, *help;
    const void *owner; /* for stats_withdraw */
};
/* *id is for stats_add_own, on any thread. */
enum carillon_result stats_register_counter(const struct stat_metric *metric, unsigned *id);
void stats_add_own(unsigned id, uint64_t n);
/* read: called on the thread that renders, so on any. */
enum carillon_result stats_register_gauge(const struct stat_metric *metric, double (*read)(void *arg), void *arg);
void stats_withdraw(const void *owner);
/* name="value" with the value escaped, cut off where it does not fit; returns out. */
const char *stats_label(const char *name, struct carillon_str value, char *out, size_t room);

/* Main thread, first of all: the time of the start, and the process's own gauges. */
void stats_open(void);

/* All of it as Prometheus text 0.0.4; the caller frees it. NULL: memory is short. Any thread; waits for nothing but another
   reader. */
char *stats_render(size_t *len);
#define STATS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
