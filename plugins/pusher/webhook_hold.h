/*
 * What is not told at once: who left may be back in a moment, and many who miss an event at the same time miss the same one.
 * One a worker. Bounded: beyond it nothing is held, and all is told.
 */
#ifndef CARILLON_PUSHER_WEBHOOK_HOLD_H
#define CARILLON_PUSHER_WEBHOOK_HOLD_H

#include "pusher.h"

struct webhook_hold;

struct webhook_holds {
    struct webhook_hold *leaving; /* the oldest first, as uthash keeps them */
    struct webhook_hold *missed;
    carillon_handle timer;
    bool timed;
};

/* VACATED, MEMBER_REMOVED: false: it cannot be held. After the grace webhook_tell is called with it. */
bool webhook_hold_leaving(struct webhook_holds *holds, const struct carillon_happening *what);
/* OCCUPIED, MEMBER_ADDED: true: the leaving before it was not told, and neither is to be. */
bool webhook_hold_is_return(struct webhook_holds *holds, const struct carillon_happening *what);
/* CACHE_MISS: was it told a moment ago? */
bool webhook_hold_is_repeated(struct webhook_holds *holds, const struct carillon_happening *what);
/* All that is held is told now. */
void webhook_holds_tell(struct webhook_holds *holds);
void webhook_holds_free(struct webhook_holds *holds);
/* Of all workers: leavings that will be told. */
size_t webhook_holds_count(void);

#endif
