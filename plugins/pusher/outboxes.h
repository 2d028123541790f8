/*
 * A worker's outgoing matters, and those of all workers. What a worker has is freed by outboxes_free, on the main thread,
 * since a worker's end is not told.
 */
#ifndef CARILLON_PUSHER_OUTBOXES_H
#define CARILLON_PUSHER_OUTBOXES_H

#include "outbox.h"
#include "webhook_hold.h"

struct outgoing_worker {
    struct outgoing_worker *next; /* of all */
    struct outbox *boxes;
    struct webhook_holds holds;
    bool draining;
};

/* This worker's; NULL: memory is short. */
struct outgoing_worker *outgoing_worker(void);

/* Main thread, in init: the kind's metrics. */
enum carillon_result outboxes_add(struct outbox_kind *kind);
/* On a worker: the daemon stops. */
void outboxes_hurry(void);
/* Main thread, when no worker is in here any more. */
void outboxes_free(void);

#endif
