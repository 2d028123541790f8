#include "opening.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REASON_MAX = 256, AGAIN_MS = 500 };

struct opening {
    struct carillon_storage *store;
    pthread_t id;
    atomic_bool stop;
    char reason[REASON_MAX]; /* that was said last */
};

/* Each reason once: it may last for hours. */
static void tell_reason(struct opening *opening, const char *reason)
{
    if (strcmp(reason, opening->reason) == 0)
        return;
    snprintf(opening->reason, sizeof(opening->reason), "%s", reason);
    store_log(ERROR, "%s", reason);
    store_log(WARNING, "%s: nothing can be stored or read until this changes; it is tried on and on",
              opening->store->shown);
}

static void *open_until_done(void *arg)
{
    struct opening *opening = arg;
    const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
    char reason[REASON_MAX];
    pthread_setname_np(pthread_self(), "mongodb opening");
    while (!atomic_load(&opening->stop)) {
        nanosleep(&pause, NULL);
        if (store_prepare(opening->store, reason, sizeof(reason)) == CARILLON_OK) {
            store_log(NOTICE, "%s: it is there now", opening->store->shown);
            break;
        }
        tell_reason(opening, reason);
    }
    return NULL;
}

enum carillon_result opening_start(struct carillon_storage *store, const char *why)
{
    struct opening *opening = calloc(1, sizeof(*opening));
    if (!opening)
        return CARILLON_NO_MEMORY;
    opening->store = store;
    tell_reason(opening, why);
    if (pthread_create(&opening->id, NULL, open_until_done, opening)) {
        free(opening);
        return CARILLON_UNAVAILABLE;
    }
    store->opening = opening;
    return CARILLON_OK;
}

void opening_stop(struct carillon_storage *store)
{
    if (!store->opening)
        return;
    atomic_store(&store->opening->stop, true);
    pthread_join(store->opening->id, NULL);
    free(store->opening);
    store->opening = NULL;
}
