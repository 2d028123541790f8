/*
 * Metrics that modules and plugins registered. Shared by the files of stats/ alone.
 */
#ifndef CARILLON_STATS_REGISTRY_H
#define CARILLON_STATS_REGISTRY_H

#include "stats/stats.h"

struct registered {
    char *family, *labels, *help; /* labels: NULL or without braces */
    const void *owner;
    bool gauge;
    unsigned counter; /* its number among the registered, unless it is a gauge */
    double (*read)(void *arg);
    void *arg;
    struct registered *next; /* by family, so that its metrics stand together */
};

/* Calls visit for each, by family, while no registration can change the list. */
void registry_visit(void (*visit)(const struct registered *metric, const struct registered *before, void *arg),
                    void *arg);

#endif
