#include "channel/home.h"

#include "message/json.h"
#include "session/registry.h"
#include "stats/stats.h"

struct delivery {
    struct task task;
    const struct app *app;
    struct shared_event *event;
};

static void delivery_run(struct task *task)
{
    struct delivery *delivery = (struct delivery *)task;
    topic_deliver(delivery->app, delivery->event);
    shared_event_unref(delivery->event);
    free(delivery);
}

static void deliver_at(unsigned worker, const struct app *app, struct shared_event *event)
{
    if (worker == worker_index())
        return topic_deliver(app, event);
    struct delivery *delivery = malloc(sizeof *delivery);
    if (!delivery)
        abort(); /* must hold: it would be a silent hole */
    *delivery = (struct delivery){ .task.run = delivery_run, .app = app, .event = shared_event_ref(event) };
    post_task(worker, &delivery->task);
}

void distribute(struct channel *channel, struct shared_event *event)
{
    stats_count(STAT_EVENTS);
    if (event->pub.pos) {
        struct ring_limits limits = { channel->options->ring_events, channel->options->ring_bytes };
        ring_push(&channel->ring, event, &limits);
    }
    for (uint64_t left = channel->workers; left; left &= left - 1)
        deliver_at((unsigned)__builtin_ctzll(left), channel->app, event);
    shared_event_unref(event);
}

struct shared_event *event_from_change(const struct channel *channel, const struct carillon_change *change)
{
    struct json_writer data = { 0 };
    json_write_change_data(&data, NULL, change);
    const char *name = event_type_name(change->type);
    struct carillon_event what = {
        .type = change->type,
        .app = channel->app->name,
        .channel = channel->name,
        .epoch = { channel->epoch, strlen(channel->epoch) },
        .pos = change->pos,
        .at_ms = change->at_ms,
        .name = change->type == CARILLON_EVENT_EVENT ? change->name : (struct carillon_str){ name, strlen(name) },
        .data = json_writer_str(&data),
        .actor = change->actor,
    };
    struct shared_event *event = shared_event_new(&what, (struct carillon_str){ 0 });
    json_writer_free(&data);
    return event;
}

/* ---- what a change means besides: roles, personal channels ---- */

static void tell_user(struct channel *channel, struct carillon_str user, const char *event,
                      const struct carillon_user *actor)
{
    char topic[PERSONAL_NAME_SIZE];
    struct json_writer data = { 0 };
    json_object_begin(&data, NULL);
    json_write_str(&data, "channel", channel->name);
    json_object_end(&data);
    distribute_passing(channel->app, channel_name_personal(topic, user), CARILLON_STR("#user"), event, actor,
                       json_writer_str(&data));
    json_writer_free(&data);
}

static void announce(struct channel *channel, const struct carillon_change *change)
{
    struct json_writer data = { 0 };
    if (change->visibility != CARILLON_VISIBILITY_PUBLIC)
        return;
    json_object_begin(&data, NULL);
    json_write_str(&data, "channel", channel->name);
    json_write_str(&data, "title", change->name);
    json_object_end(&data);
    distribute_passing(channel->app, CARILLON_STR("#conversations"), CARILLON_STR("#conversations"),
                       "conversation.announced", &change->actor, json_writer_str(&data));
    json_writer_free(&data);
}

static void follow_member(struct channel *channel, const struct carillon_change *change)
{
    access_note_role(channel, change->member.id, change->role);
    if (change->type == CARILLON_EVENT_MEMBER_JOINED)
        tell_user(channel, change->member.id, "conversation.added", &change->actor);
    if (change->type != CARILLON_EVENT_MEMBER_LEFT)
        return;
    tell_user(channel, change->member.id, "conversation.removed", &change->actor);
    if (channel->visibility == CARILLON_VISIBILITY_INVITED)
        sessions_evict(channel->app, channel->name, change->member.id, ERROR_NOT_A_MEMBER);
}

static void follow_conversation(struct channel *channel, const struct carillon_change *change)
{
    bool closing = channel->visibility == CARILLON_VISIBILITY_PUBLIC &&
                   change->visibility == CARILLON_VISIBILITY_INVITED;
    channel->visibility = change->visibility;
    announce(channel, change);
    if (closing) /* members subscribe again where they were, others are refused */
        sessions_evict(channel->app, channel->name, (struct carillon_str){ 0 }, ERROR_VISIBILITY_CHANGED);
}

static void observe_change(const struct channel *channel, const struct carillon_event *event,
                           const struct action *action)
{
    observe(&(struct carillon_happening){ .kind = CARILLON_HAPPENING_EVENT,
                                          .app = channel->app->name,
                                          .channel = channel->name,
                                          .event = event->name,
                                          .data = event->data,
                                          .session = event->origin,
                                          .foreign = action && action->foreign });
}

void distribute_change(struct channel *channel, const struct carillon_change *change, const struct action *action)
{
    struct shared_event *event = event_from_change(channel, change);
    if (!event)
        abort(); /* must hold: it would be a silent hole */
    channel->last_pos = change->pos;
    event->pub.origin = action ? action->exclude : 0;
    observe_change(channel, &event->pub, action);
    if (change->type == CARILLON_EVENT_EVENT)
        cached_keep(channel, event);
    if (change->type == CARILLON_EVENT_MESSAGE_DELETED) /* the ring has the text: who resumes is told by the storage */
        ring_clear(&channel->ring);
    distribute(channel, event);
    switch (change->type) {
    case CARILLON_EVENT_MEMBER_JOINED:
    case CARILLON_EVENT_MEMBER_LEFT:
    case CARILLON_EVENT_MEMBER_ROLE:
        follow_member(channel, change);
        break;
    case CARILLON_EVENT_CONVERSATION_CREATED:
        if (change->actor.id.len) { /* else another program made it, and nobody owns it */
            access_note_role(channel, change->actor.id, CARILLON_ROLE_OWNER);
            tell_user(channel, change->actor.id, "conversation.added", &change->actor);
        }
        announce(channel, change);
        break;
    case CARILLON_EVENT_CONVERSATION_UPDATED:
        follow_conversation(channel, change);
        break;
    default:
        break;
    }
}

/* ---- passing events, for a channel of any home ---- */

void distribute_own(struct channel *channel, const struct carillon_event *what)
{
    const char *name = event_type_name(what->type);
    struct carillon_event whole = *what;
    whole.app = channel->app->name;
    whole.channel = channel->name;
    whole.at_ms = loop_wall_ms();
    whole.name = (struct carillon_str){ name, strlen(name) };
    struct shared_event *event = shared_event_new(&whole, (struct carillon_str){ 0 });
    if (!event)
        abort(); /* must hold: who is there would be told wrongly */
    distribute(channel, event);
}

static void passing_run(struct task *task)
{
    struct delivery *delivery = (struct delivery *)task;
    struct channel *channel = channel_find(delivery->app, delivery->event->pub.routed);
    if (channel)
        distribute(channel, delivery->event);
    else
        shared_event_unref(delivery->event);
    free(delivery);
}

void distribute_passing(const struct app *app, struct carillon_str topic, struct carillon_str shown, const char *name,
                        const struct carillon_user *actor, struct carillon_str data)
{
    struct carillon_event what = { .type = CARILLON_EVENT_EVENT,
                                   .app = app->name,
                                   .channel = shown,
                                   .at_ms = loop_wall_ms(),
                                   .name = { name, strlen(name) },
                                   .data = data };
    if (actor)
        what.actor = *actor;
    struct delivery *delivery = malloc(sizeof *delivery);
    struct shared_event *event = shared_event_new(&what, topic);
    if (!delivery || !event)
        abort();
    *delivery = (struct delivery){ .task.run = passing_run, .app = app, .event = event };
    unsigned home = home_of(app, topic);
    if (home == worker_index())
        passing_run(&delivery->task);
    else
        post_task(home, &delivery->task);
}
