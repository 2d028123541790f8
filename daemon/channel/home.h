/*
 * A channel at its home: order, recent events, presence, who may do what. All of it on the home's worker.
 *
 *   table.c      finds and makes channels, loads what the storage knows of them, lets idle ones go
 *   attach.c     subscribing and unsubscribing sessions of any worker, recovery
 *   access.c     roles, and what they allow
 *   order.c      one order: batches to storage, what is delivered when they are durable
 *   passing.c    what is not stored: own events, typing, read marks
 *   ring.c       the recent events
 *   presence.c   who is there
 *   submit.c     an action's way in
 *   distribute.c to the workers that have subscribers
 */
#ifndef CARILLON_CHANNEL_HOME_H
#define CARILLON_CHANNEL_HOME_H

#include "base/hash.h"
#include "channel/attach.h"
#include "channel/channel.h"
#include "channel/ring.h"
#include "fanout/topic.h"
#include "loop/timer.h"
#include "pipeline.h"

enum channel_state {
    CHANNEL_LOADING,     /* the storage was asked whether it is a conversation */
    CHANNEL_UNAVAILABLE, /* it gave no answer: all that waits is refused, then the channel goes */
    CHANNEL_UNSTORED,
    CHANNEL_STORED
};

enum { PENDING_MAX = 1000, BATCH_MAX = 256, LINGER_SECONDS = 60 };

struct member;
struct present;

struct channel {
    UT_hash_handle hh;
    const struct app *app;
    const struct channel_options *options;
    enum channel_state state;
    enum carillon_visibility visibility; /* STORED */
    char epoch[EPOCH_SIZE];
    uint64_t last_pos, first_pos;
    struct ring ring;
    uint64_t workers; /* a bit for each that has subscribers */
    uint32_t subscribers[WORKER_MAX];
    struct present *present; /* by user id; presence.c */
    struct member *members;  /* what is known of roles; access.c */
    /* waiting for the storage to tell what the channel is */
    struct task *waiting, **waiting_last;
    /* order.c */
    struct action *pending, **pending_last;
    uint32_t pending_count, in_flight;
    uint32_t holds; /* other things under way that will come back to this channel */
    bool behind;    /* positions may have been given that were not delivered: read them first */
    bool catching_up;
    uint64_t catch_up_to; /* the newest position that is known to be there */
    struct wheel_item linger;
    struct carillon_str name;
    struct scoped_key key; /* cut to the name's length; followed by a NUL */
};

/* table.c: NULL when memory is short. */
struct channel *channel_find(const struct app *app, struct carillon_str name);
struct channel *channel_get(const struct app *app, struct carillon_str name);
/* Runs the task again once the channel is loaded (or loading failed: channel_get then asks again). */
void channel_wait(struct channel *channel, struct task *task);
/* Something was done with it: it may go LINGER_SECONDS after the last. */
void channel_touch(struct channel *channel);
/* A conversation was created, or read again. */
void channel_set_stored(struct channel *channel, const struct carillon_conversation *conversation);
/* Any worker: the storage dropped old changes, so what the ring still has of them is not to be told either. */
void channel_forget_ring(const struct app *app, struct carillon_str name);
void channels_free_worker(void);
size_t channels_count(void);

/* access.c */
enum access { ACCESS_OK, ACCESS_WAIT /* the task runs again when the role is known */, ACCESS_DENIED };
/* May the identity see the channel? */
enum access access_see(struct channel *channel, const struct identity *identity, struct task *task,
                       enum error_code *why);
/* May it do this? For a public conversation joins first where that is needed. */
enum access access_act(struct channel *channel, struct action *action, enum error_code *why);
/* A role changed, by a change that is durable. */
void access_note_role(struct channel *channel, struct carillon_str user, enum carillon_role role);
/* Of somebody whose role was looked up already. */
bool access_is_moderator(struct channel *channel, const struct identity *identity);
bool access_is_waiting(const struct channel *channel);
void access_free(struct channel *channel);

/* order.c */
void order_enqueue(struct channel *channel, struct action *action);
/* Somebody else may have written: read what is after last_pos and deliver it. */
void order_catch_up(struct channel *channel);

/* passing.c */
void passing_event(struct channel *channel, struct action *action);
void passing_typing(struct channel *channel, struct action *action);
void passing_read(struct channel *channel, struct action *action);

/* presence.c */
bool presence_wanted(const struct channel *channel);
/* A session more, or less, of this person. Hooks may hide them: such a one is not told and not listed. */
void presence_join(struct channel *channel, const struct identity *identity);
void presence_leave(struct channel *channel, const struct identity *identity);
/* The users, in an array that the caller frees; *n of them. Strings live as long as nobody leaves. */
struct carillon_user *presence_list(const struct channel *channel, size_t *n);
void presence_free(struct channel *channel);

/* distribute.c: to every worker with subscribers, and into the ring if it has a pos. Takes over the reference. */
void distribute(struct channel *channel, struct shared_event *event);
/* One reference; NULL when memory is short. */
struct shared_event *event_from_change(const struct channel *channel, const struct carillon_change *change);
/* A change as an event, delivered; everything that follows from it (roles, personal channels) too. */
void distribute_change(struct channel *channel, const struct carillon_change *change);
/* A passing event with this data, on the named topic (a channel of any home; clients read it as `shown`). */
void distribute_passing(const struct app *app, struct carillon_str topic, struct carillon_str shown, const char *name,
                        const struct carillon_user *actor, struct carillon_str data);

#endif
