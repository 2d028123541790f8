/*
 * Topics: on each worker, which of its own sessions subscribe to a channel; and delivery to them.
 *
 * A topic exists while it has subscribers. All functions are for the worker that the sessions live on.
 */
#ifndef CARILLON_FANOUT_TOPIC_H
#define CARILLON_FANOUT_TOPIC_H

#include "message/shared_event.h"
#include "session/app.h"

struct session;
struct identity;
struct topic;
struct replay;

enum { EPOCH_SIZE = 17 };

/* One session's place in one topic. */
struct subscription {
    struct session *session;
    struct topic *topic;
    uint64_t pos;                    /* the newest that was queued for it */
    uint32_t index;                  /* in the topic's list */
    struct replay *replay;           /* older events are still to be queued: live ones wait behind them (replay.c) */
    const struct identity *identity; /* a reference: as whom it was counted in, which may differ from the session's */
};

struct carillon_str topic_name(const struct topic *topic);
const struct app *topic_app(const struct topic *topic);
/* The life of the channel's positions as the home last told; "" if it has none. */
const char *topic_epoch(const struct topic *topic);

/* Adds the session; makes the topic if it is the first. NULL when memory is short. */
struct subscription *topic_join(const struct app *app, struct carillon_str channel, const char *epoch,
                                struct session *session);
/* Removes it and frees it; the topic goes with its last. */
void topic_leave(struct subscription *subscription);
struct topic *topic_find(const struct app *app, struct carillon_str channel);
/* Queues the event for every subscriber but its origin. */
void topic_deliver(const struct app *app, struct shared_event *event);
/* Queues it for this one, now. */
void topic_deliver_to(struct subscription *subscription, struct shared_event *event);
/* Calls fn for each subscription; fn may end the one it is given. */
void topic_each(struct topic *topic, void (*fn)(struct subscription *subscription, void *arg), void *arg);

/* Gives back the calling worker's table, as the worker stops. */
void topics_free(void);

#endif
