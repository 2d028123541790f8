#include "fanout/topic.h"
#include "base/hash.h"
#include "base/str.h"
#include "fanout/codec.h"
#include "fanout/replay.h"
#include "hook/deliver.h"
#include "session/session.h"
#include "stats/stats.h"

enum { FIRST_ROOM = 4 };

struct topic {
    UT_hash_handle hh;
    const struct app *app;
    struct subscription **subscriptions;
    uint32_t count, room;
    size_t name_len;
    char epoch[EPOCH_SIZE];
    struct scoped_key key; /* cut to the name's length; followed by a NUL */
};

static _Thread_local struct topic *topics;

struct carillon_str topic_name(const struct topic *topic)
{
    return (struct carillon_str){ topic->key.name, topic->name_len };
}

const struct app *topic_app(const struct topic *topic)
{
    return topic->app;
}

const char *topic_epoch(const struct topic *topic)
{
    return topic->epoch;
}

struct topic *topic_find(const struct app *app, struct carillon_str channel)
{
    struct scoped_key key;
    struct topic *topic = NULL;
    size_t len = scoped_key_make(&key, app, channel.ptr, channel.len);
    if (len)
        HASH_FIND(hh, topics, &key, len, topic);
    return topic;
}

static struct topic *topic_new(const struct app *app, struct carillon_str channel)
{
    struct scoped_key key;
    size_t len = scoped_key_make(&key, app, channel.ptr, channel.len);
    struct topic *topic = len ? calloc(1, offsetof(struct topic, key) + len + 1) : NULL;
    if (!topic)
        return NULL;
    topic->app = app;
    topic->name_len = channel.len;
    memcpy(&topic->key, &key, len);
    HASH_ADD_KEYPTR(hh, topics, &topic->key, len, topic);
    return topic;
}

static void topic_free(struct topic *topic)
{
    HASH_DEL(topics, topic);
    free(topic->subscriptions);
    free(topic);
}

static bool topic_grow(struct topic *topic)
{
    uint32_t room = topic->room ? topic->room * 2 : FIRST_ROOM;
    struct subscription **subscriptions = realloc(topic->subscriptions, room * sizeof(*subscriptions));
    if (!subscriptions)
        return false;
    topic->subscriptions = subscriptions;
    topic->room = room;
    return true;
}

struct subscription *topic_join(const struct app *app, struct carillon_str channel, const char *epoch,
                                struct session *session)
{
    struct topic *topic = topic_find(app, channel);
    if (!topic)
        topic = topic_new(app, channel);
    if (!topic)
        return NULL;
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (!subscription || (topic->count == topic->room && !topic_grow(topic))) {
        free(subscription);
        if (!topic->count)
            topic_free(topic);
        return NULL;
    }
    snprintf(topic->epoch, sizeof topic->epoch, "%s", epoch);
    subscription->session = session;
    subscription->topic = topic;
    subscription->index = topic->count;
    topic->subscriptions[topic->count++] = subscription;
    return subscription;
}

void topic_leave(struct subscription *subscription)
{
    struct topic *topic = subscription->topic;
    struct subscription *last = topic->subscriptions[--topic->count];
    topic->subscriptions[subscription->index] = last;
    last->index = subscription->index;
    replay_free(subscription);
    free(subscription);
    if (!topic->count)
        topic_free(topic);
}

void topic_each(struct topic *topic, void (*fn)(struct subscription *subscription, void *arg), void *arg)
{
    for (uint32_t i = topic->count; i-- > 0;) { /* from the end: ending one moves the last into its place */
        bool last = topic->count == 1;
        fn(topic->subscriptions[i], arg);
        if (last)
            return; /* the topic may be gone with it */
    }
}

/* The event's frames on this worker, one for each form that somebody here takes. */
struct frames {
    struct shared_event *event;
    struct hook_delivery *delivery; /* hooks are asked for each receiver; NULL: none is concerned */
    struct frame *of[EVENT_FORMS];
    bool asked[EVENT_FORMS];
};

static struct frame *frame_make(struct shared_event *event, const struct session *session)
{
    struct buffer *buffer = codec_encode(session->codec, event, session->deflated);
    return buffer ? frame_new(buffer_ref(buffer)) : NULL;
}

static struct frame *frames_get(struct frames *frames, const struct session *session)
{
    unsigned form = session->codec * 2u + session->deflated;
    if (!frames->asked[form]) {
        frames->asked[form] = true;
        frames->of[form] = frame_make(frames->event, session);
    }
    return frames->of[form];
}

static void frames_release(struct frames *frames)
{
    for (unsigned i = 0; i < EVENT_FORMS; i++)
        frame_unref(frames->of[i]);
    hook_delivery_end(frames->delivery);
}

/* What the hooks leave of it for this receiver: the frame of all, one of its own, or none. */
static enum carillon_result queue_judged(struct session *session, struct frames *frames)
{
    enum carillon_result result = CARILLON_OK;
    struct shared_event *event = hook_deliver(frames->delivery, session->handle, session->identity);
    if (!event)
        return CARILLON_OK;
    bool own = event != frames->event;
    struct frame *frame = own ? frame_make(event, session) : frames_get(frames, session);
    if (frame)
        result = conn_queue(session->conn, frame);
    if (own)
        frame_unref(frame);
    shared_event_unref(event);
    return result;
}

static enum carillon_result queue_event(struct session *session, struct frames *frames)
{
    if (frames->delivery)
        return queue_judged(session, frames);
    struct frame *frame = frames_get(frames, session);
    return frame ? conn_queue(session->conn, frame) : CARILLON_OK;
}

static void deliver_one(struct subscription *subscription, struct frames *frames)
{
    struct session *session = subscription->session;
    struct shared_event *event = frames->event;
    enum carillon_result result = CARILLON_OK;
    if (event->pub.origin && session->handle == event->pub.origin)
        return;
    if (event->author_only && !str_equal(session->identity->user.id, event->pub.actor.id))
        return;
    if (subscription->replay) {
        result = replay_append(subscription, event);
    } else {
        result = queue_event(session, frames);
        if (event->pub.pos)
            subscription->pos = event->pub.pos;
    }
    if (result == CARILLON_LIMIT)
        session_close(session, ERROR_SLOW_CONSUMER, 0);
}

/*
 * Among thousands of subscribers none is in the processor's cache when its turn comes, and each hangs on a chain: place,
 * session, connection, queue. So each link is asked for while others are delivered to, the first one longest before.
 */
static void prefetch_ahead(const struct topic *topic, uint32_t i)
{
    enum { STEP = 4 };
    if (i + 3 * STEP < topic->count)
        __builtin_prefetch(topic->subscriptions[i + 3 * STEP]);
    if (i + 2 * STEP < topic->count)
        __builtin_prefetch(topic->subscriptions[i + 2 * STEP]->session);
    if (i + STEP < topic->count)
        conn_prefetch(topic->subscriptions[i + STEP]->session->conn);
}

void topic_deliver(const struct app *app, struct shared_event *event)
{
    struct topic *topic = topic_find(app, event->pub.routed);
    if (!topic)
        return;
    struct frames frames = { .event = event, .delivery = hook_delivery_begin(app, event) };
    if (event->pub.epoch.ptr)
        snprintf(topic->epoch, sizeof topic->epoch, "%s", event->pub.epoch.ptr);
    for (uint32_t i = 0; i < topic->count; i++) {
        prefetch_ahead(topic, i);
        deliver_one(topic->subscriptions[i], &frames);
    }
    frames_release(&frames);
    stats_add(STAT_DELIVERIES, topic->count);
    stats_observe(STAT_FANOUT_SIZE, topic->count);
}

void topic_deliver_to(struct subscription *subscription, struct shared_event *event)
{
    struct frames frames = { .event = event, .delivery = hook_delivery_begin(subscription->topic->app, event) };
    deliver_one(subscription, &frames);
    frames_release(&frames);
}

void topics_free(void)
{
    struct topic *topic, *next;
    HASH_ITER (hh, topics, topic, next) {
        for (uint32_t i = 0; i < topic->count; i++) {
            replay_free(topic->subscriptions[i]);
            free(topic->subscriptions[i]);
        }
        topic_free(topic);
    }
}
