/*
 * A channel at its home: order, recent events, presence, who may do what. All of it on the home's worker.
 *
 *   table.c      finds and makes channels, loads what the storage knows of them, lets idle ones go
 *   attach.c     subscribing and unsubscribing sessions of any worker, recovery
 *   access.c     roles, and what they allow
 *   order.c      one order: what goes to the storage, and is delivered when it is durable
 *   passing.c    what is not stored: own events, typing, read marks
 *   shadow.c     what only its author is to see
 *   hold.c       what waits for a moderator; release.c: what that one decides
 *   moderators.c telling them
 *   ring.c       the recent events
 *   presence.c   who is there; roll.c: as it is told to who subscribes
 *   cached.c     the newest event of a cache channel
 *   counts.c     how many subscribe, told where the app wants it
 *   query.c      what others ask about channels
 *   submit.c     an action's way in
 *   distribute.c to the workers that have subscribers
 *   external.c   what others wrote
 */
#ifndef CARILLON_CHANNEL_HOME_H
#define CARILLON_CHANNEL_HOME_H

#include "base/hash.h"
#include "channel/attach.h"
#include "channel/channel.h"
#include "channel/observe.h"
#include "channel/ring.h"
#include "channel/roll.h"
#include "fanout/topic.h"
#include "loop/timer.h"
#include "loop/turn.h"
#include "session/action.h"

enum channel_state {
    CHANNEL_LOADING,     /* the storage was asked whether it is a conversation */
    CHANNEL_UNAVAILABLE, /* it gave no answer: all that waits is refused, then the channel goes */
    CHANNEL_UNSTORED,
    CHANNEL_STORED
};

enum { PENDING_MAX = 1000, IN_FLIGHT_MAX = 256, LINGER_SECONDS = 60 };

struct member;
struct present;

struct action_list {
    struct action *first, *last;
    uint32_t count;
};

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
    uint32_t subscriber_count; /* all of them */
    struct cached *cached;     /* cached.c */
    struct counts *counts;     /* counts.c */
    struct present *present;   /* by user id; presence.c */
    struct roll roll;          /* those of them who are shown */
    struct member *members;    /* what is known of roles; access.c */
    /* waiting for the storage to tell what the channel is */
    struct task *waiting, **waiting_last;
    /* order.c */
    struct action_list pending, finished; /* still to be sent to the storage; answered by it in this turn */
    uint32_t in_flight;
    struct turn_item order_turn;
    uint32_t holds; /* other things under way that will come back to this channel */
    bool behind;    /* positions may have been given that were not delivered: read them first */
    bool catching_up;
    bool no_answer;          /* of what is in flight, one had none */
    uint64_t catch_up_to;    /* the newest position that is known to be there */
    uint64_t known_pos;      /* others wrote up to here */
    struct wheel_item again; /* reading what others wrote failed */
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
/* The storage has it no more: from now on it is like one that never was a conversation. */
void channel_end_conversation(struct channel *channel);
/* Any worker: the storage dropped old changes, so what the ring still has of them is not to be told either. */
void channel_forget_ring(const struct app *app, struct carillon_str name);
/* Every channel of the app whose home this worker is; every channel of all apps. */
void channels_each(const struct app *app, void (*fn)(struct channel *channel, void *arg), void *arg);
void channels_each_of_worker(void (*fn)(struct channel *channel));
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
/* The conversation is gone: those who are known as its members are told on their personal channels, and forgotten. */
void access_end(struct channel *channel);

/* order.c */
void order_enqueue(struct channel *channel, struct action *action);
/* What came together in a turn of the loop goes to the storage together; channel->order_turn.run. */
void order_turn_ended(struct turn_item *item);
/* Somebody else may have written: read what is after last_pos and deliver it. */
void order_catch_up(struct channel *channel);
/* Somebody else wrote up to pos. What is in flight comes first: most often it is just that. */
void order_know(struct channel *channel, uint64_t pos);
/* The same with the change at pos, which is delivered when it is the next. */
void order_told(struct channel *channel, const struct carillon_change *change);
/* channel->again has run out. */
void order_again(struct wheel_item *item);

/* passing.c */
void passing_event(struct channel *channel, struct action *action);
void passing_typing(struct channel *channel, struct action *action);
void passing_read(struct channel *channel, struct action *action);

/* submit.c: what its kind does there, the right to it being known. */
void submit_judged(struct channel *channel, struct action *action);

/* hold.c: kept for a moderator. release.c: what that one decides. */
void hold_begin(struct channel *channel, struct action *action);
void held_release(struct channel *channel, struct action *action);
void held_discard(struct channel *channel, struct action *action);

/* moderators.c: passing events on the personal channels of a conversation's moderators and owners, or of one person. */
void moderators_tell(struct channel *channel, const char *event, const struct carillon_user *actor,
                     struct carillon_str data);
void personal_tell(const struct app *app, struct carillon_str user, const char *event,
                   const struct carillon_user *actor, struct carillon_str data);

/* shadow.c: the author hears it and has their answer, nobody else does. */
void shadow_tell(struct channel *channel, struct action *action);
/* What the action would have made, in its arena; NULL when memory is short. */
struct carillon_change *change_without_pos(struct action *action);

/* presence.c */
bool presence_wanted(const struct channel *channel);
/* Is there room for this user among at most max (0: any number)? Who is there already has it. */
bool presence_has_room(const struct channel *channel, struct carillon_str user, uint32_t max);
/* A session more, or less, of this person. Hooks may hide them: such a one is not told and not listed. */
void presence_join(struct channel *channel, const struct identity *identity);
void presence_leave(struct channel *channel, const struct identity *identity);
void presence_free(struct channel *channel);

/* cached.c: takes a reference of its own; of channels that cache nothing, nothing is kept. */
void cached_keep(struct channel *channel, struct shared_event *event);
/* Not a reference; NULL: none, or it is too old. */
struct shared_event *cached_event(struct channel *channel);
int64_t cached_left_ms(const struct channel *channel);
void cached_free(struct channel *channel);

/* counts.c: somebody came or left. */
void counts_changed(struct channel *channel);
void counts_free(struct channel *channel);

/* distribute.c: to every worker with subscribers, and into the ring if it has a pos. Takes over the reference. */
void distribute(struct channel *channel, struct shared_event *event);
/* One reference; NULL when memory is short. */
struct shared_event *event_from_change(const struct channel *channel, const struct carillon_change *change);
/* A change as an event, delivered; everything that follows from it (roles, personal channels) too. action: what made it, if
   it was made here. */
void distribute_change(struct channel *channel, const struct carillon_change *change, const struct action *action);
/* A passing event of the channel itself: type, data, and what else of the event belongs to the type. */
void distribute_own(struct channel *channel, const struct carillon_event *what);
/* A passing event with this data, on the named topic (a channel of any home; clients read it as `shown`). */
void distribute_passing(const struct app *app, struct carillon_str topic, struct carillon_str shown, const char *name,
                        const struct carillon_user *actor, struct carillon_str data);

#endif
