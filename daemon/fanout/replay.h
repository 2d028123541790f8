/*
 * Replays: the events that a resuming subscriber missed, queued no faster than its socket takes them.
 *
 * While a subscription replays, live events join the end of its replay, so order is kept; when the last is queued it is
 * live. On the session's worker.
 */
#ifndef CARILLON_FANOUT_REPLAY_H
#define CARILLON_FANOUT_REPLAY_H

#include "fanout/topic.h"

enum { REPLAY_MAX = 4096 }; /* events waiting; beyond it the client is too slow */

/* Takes a reference of each event. NO_MEMORY leaves the subscription as it was. */
enum carillon_result replay_start(struct subscription *subscription, struct shared_event *const *events, size_t n);
/* LIMIT: the reader is too slow. */
enum carillon_result replay_append(struct subscription *subscription, struct shared_event *event);
/* Queues as much as fits now; called again when the connection's queue has drained. */
void replay_continue(struct subscription *subscription);
void replay_free(struct subscription *subscription);

#endif
