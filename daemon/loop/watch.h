/*
 * Watched descriptors, for libraries that bring sockets of their own (libcurl, hiredis) and want to be told when to work
 * on them. Sockets of clients are the listener's, which has a cheaper way.
 */
#ifndef CARILLON_LOOP_WATCH_H
#define CARILLON_LOOP_WATCH_H

#include "loop/worker.h"
#include <event2/event_struct.h>

enum watch_readiness { WATCH_READ = 1, WATCH_WRITE = 2 };

struct watch {
    struct event event;
    int fd;
    unsigned wanted;
    void (*ready)(struct watch *watch, unsigned what);
};

/* On the worker that will use it. It watches nothing until watch_set; the descriptor stays the caller's. */
void watch_init(struct watch *watch, int fd, void (*ready)(struct watch *watch, unsigned what));
/* what: WATCH_READ, WATCH_WRITE or both, level-triggered, from now on; 0: nothing, needed before the descriptor is closed. */
void watch_set(struct watch *watch, unsigned what);

#endif
