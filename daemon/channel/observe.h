/*
 * Observers (carillon/observer.h): who is told of what happened to channels, on the worker where it happened.
 */
#ifndef CARILLON_CHANNEL_OBSERVE_H
#define CARILLON_CHANNEL_OBSERVE_H

#include <carillon/observer.h>

/* Main thread. The struct lives until its removal; a worker may still be inside it when that returns, and not later than at
   the end of its turn. INVALID; LIMIT: there are enough. */
enum carillon_result observer_add(const struct carillon_observer *observer);
void observer_remove(const struct carillon_observer *observer);

/* Any thread; cheap, to be asked before anything is prepared. */
bool observe_wants(enum carillon_happening_kind kind);
/* On the channel's home. */
void observe(const struct carillon_happening *what);

#endif
