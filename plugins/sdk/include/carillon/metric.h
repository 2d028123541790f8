/*
 * Metrics: what a plugin counts, shown with the daemon's own in Prometheus' form.
 */
#ifndef CARILLON_METRIC_H
#define CARILLON_METRIC_H

#include <carillon/types.h>

/* Strings are copied. */
struct carillon_metric {
    size_t size;
    const char *family; /* [a-z0-9_]+; shown with the prefix "carillon_". A counter's ends in "_total" */
    const char *labels; /* NULL, or name="value" pairs parted by commas */
    const char *help;   /* one sentence, of the family's first metric */
};

/* A gauge's value, asked for when somebody reads it. Any thread. */
typedef double (*carillon_gauge_fn)(void *arg);

#endif
