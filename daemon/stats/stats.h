/*
 * Counters and histograms: each worker has its own, so that counting costs no shared cache line; they are added up when
 * somebody looks (/metrics). Any thread.
 */
#ifndef CARILLON_STATS_STATS_H
#define CARILLON_STATS_STATS_H

#include <carillon/types.h>
#include <stdio.h>

/* X(NAME, "carillon_<name>", "help"): only ever grow. */
#define STATS_COUNTERS(X)                                                                                              \
    X(API_OK, "api_answers_ok_total", "Requests to the HTTP API answered with success")                                \
    X(API_REFUSED, "api_answers_refused_total", "Requests to the HTTP API refused (4xx)")                              \
    X(API_FAILED, "api_answers_failed_total", "Requests to the HTTP API that failed (5xx)")                            \
    X(SIGN_INS, "sign_ins_total", "Tokens that were accepted")                                                         \
    X(SIGN_INS_REFUSED, "sign_ins_refused_total", "Tokens that were refused")                                          \
    X(ACTIONS, "actions_total", "Publishes and other actions that succeeded")                                          \
    X(ACTIONS_REFUSED, "actions_refused_total", "Publishes and other actions that were refused or failed")             \
    X(EVENTS, "events_total", "Events given to a worker for its subscribers")                                          \
    X(DELIVERIES, "deliveries_total", "Events queued for a subscriber")

/* X(NAME, "carillon_<name>", "help"): of durations, in seconds. */
#define STATS_HISTOGRAMS(X)                                                                                            \
    X(API, "api_request_seconds", "From a request to the HTTP API to its answer")                                      \
    X(ACTION, "action_seconds", "From an action to its outcome, storage included")

enum stats_counter {
#define STATS_X(name, text, help) STATS_##name,
    STATS_COUNTERS(STATS_X)
#undef STATS_X
    STATS_COUNTER_COUNT
};

enum stats_histogram {
#define STATS_X(name, text, help) STATS_SECONDS_##name,
    STATS_HISTOGRAMS(STATS_X)
#undef STATS_X
    STATS_HISTOGRAM_COUNT
};

void stats_add(enum stats_counter counter, uint64_t n);
void stats_observe(enum stats_histogram histogram, int64_t nanoseconds);
uint64_t stats_read(enum stats_counter counter);

/* In the Prometheus text format: these, and what the modules tell of themselves. */
void stats_write(FILE *out);

#endif
