#include "channel/attach.h"
#include "channel/home.h"

#include <stdlib.h>

static void attach_run(struct task *task);

enum { RECOVERY_MAX = 1000 }; /* changes; beyond it the client reads the history again */

struct attach *attach_new(const struct app *app, const struct identity *identity, struct carillon_str channel,
                          struct carillon_str epoch, uint64_t pos)
{
    struct attach *attach = calloc(1, sizeof *attach + channel.len + 1);
    if (!attach)
        return NULL;
    attach->app = app;
    attach->identity = identity_ref(identity);
    attach->worker = worker_index();
    memcpy(attach->name, channel.ptr, channel.len);
    attach->name_len = channel.len;
    attach->resume = epoch.ptr != NULL;
    attach->pos = pos;
    if (epoch.ptr && epoch.len < sizeof attach->epoch)
        memcpy(attach->epoch, epoch.ptr, epoch.len);
    return attach;
}

void attach_free(struct attach *attach)
{
    for (size_t i = 0; i < attach->event_count; i++)
        shared_event_unref(attach->events[i]);
    free(attach->events);
    roster_unref(attach->roster);
    shared_event_unref(attach->cached);
    identity_unref(attach->identity);
    free(attach);
}

static struct carillon_str attach_name(const struct attach *attach)
{
    return (struct carillon_str){ attach->name, attach->name_len };
}

static void attach_answered(struct task *task)
{
    struct attach *attach = (struct attach *)task;
    attach->done(attach);
}

/* On the home itself at once: an event that is distributed next must find the subscription. */
static void attach_answer(struct attach *attach, enum error_code error)
{
    attach->error = error;
    attach->task.run = attach_answered;
    if (attach->worker == worker_index())
        attach->done(attach);
    else
        post_task(attach->worker, &attach->task);
}

static void attach_reset(struct attach *attach, const char *reason)
{
    attach->recovery = CARILLON_RECOVERY_RESET;
    attach->reason = reason;
}

static void attach_tell(const struct channel *channel, enum carillon_happening_kind kind)
{
    if (channel_kind(channel->name) != CHANNEL_RESERVED)
        observe(&(struct carillon_happening){ .kind = kind, .app = channel->app->name, .channel = channel->name });
}

static void attach_count_in(struct channel *channel, const struct attach *attach)
{
    channel->workers |= (uint64_t)1 << attach->worker;
    channel->subscribers[attach->worker]++;
    if (channel->subscriber_count++ == 0)
        attach_tell(channel, CARILLON_HAPPENING_OCCUPIED);
}

/* Who resumes gets what it missed instead. */
static void attach_add_cached(struct channel *channel, struct attach *attach)
{
    struct shared_event *cached = cached_event(channel);
    attach->cache_missed = !cached;
    if (cached)
        attach->cached = shared_event_ref(cached);
    else
        attach_tell(channel, CARILLON_HAPPENING_CACHE_MISS);
}

/* Counts the session in and answers. From here on the worker gets the channel's events. */
static void attach_complete(struct channel *channel, struct attach *attach)
{
    bool joins = presence_wanted(channel) && !identity_is_anonymous(attach->identity);
    if (attach->probe)
        return attach_answer(attach, ERROR_NONE);
    if (joins && !presence_has_room(channel, attach->identity->user.id, attach->members_max))
        return attach_answer(attach, ERROR_MEMBER_LIMIT);
    attach_count_in(channel, attach);
    memcpy(attach->epoch_now, channel->epoch, sizeof attach->epoch_now);
    attach->pos_now = channel->last_pos;
    attach->stored = channel->state == CHANNEL_STORED;
    if (joins)
        presence_join(channel, attach->identity);
    if (presence_wanted(channel))
        attach->roster = roll_call(&channel->roll);
    if (channel_is_cached(channel->name) && attach->recovery == CARILLON_RECOVERY_NONE)
        attach_add_cached(channel, attach);
    attach_answer(attach, ERROR_NONE);
    counts_changed(channel);
}

/* The storage's changes as events; whatever came after them is still in the ring, or the storage is asked again. */
static void attach_read(struct carillon_storage_request *request, void *arg)
{
    struct attach *attach = arg;
    struct channel *channel = channel_find(attach->app, attach_name(attach));
    channel->holds--;
    if (request->result == CARILLON_GONE)
        attach_reset(attach, "retention");
    else if (request->result != CARILLON_OK)
        attach_reset(attach, "storage");
    for (size_t i = 0; request->result == CARILLON_OK && i < request->out.count; i++) {
        if (request->out.changes[i].pos > channel->last_pos)
            break; /* durable, but its turn has not come here: it will be delivered like any other */
        struct shared_event *event = event_from_change(channel, &request->out.changes[i]);
        struct shared_event **events = realloc(attach->events, (attach->event_count + 1) * sizeof(*events));
        if (!event || !events)
            abort(); /* must hold: a hole would not be told */
        attach->events = events;
        events[attach->event_count++] = event;
        attach->pos = event->pub.pos;
    }
    bool stuck = request->result == CARILLON_OK && request->out.count == 0;
    storage_request_free(request);
    if (stuck)
        attach_reset(attach, "storage");
    attach_run(&attach->task);
}

static void attach_read_storage(struct channel *channel, struct attach *attach)
{
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CHANGES, channel->app->name);
    if (!request) {
        attach_reset(attach, "storage");
        attach_complete(channel, attach);
        return;
    }
    request->in.conversation = storage_request_str(request, channel->name);
    request->in.after = attach->pos;
    request->in.limit = RECOVERY_MAX / 4;
    channel->holds++;
    storage_submit(request, attach_read, attach);
}

/* Adds what the ring has after attach->pos, which the ring covers. */
static void attach_add_ring(struct channel *channel, struct attach *attach)
{
    size_t n;
    struct shared_event **recent = ring_copy_after(&channel->ring, attach->pos, &n);
    struct shared_event **events = realloc(attach->events, (attach->event_count + n + 1) * sizeof(*events));
    if (!recent || !events)
        abort();
    memcpy(events + attach->event_count, recent, n * sizeof(*events));
    attach->events = events;
    attach->event_count += n;
    free(recent);
}

static void attach_recover(struct channel *channel, struct attach *attach)
{
    attach->recovery = CARILLON_RECOVERY_RECOVERED;
    ring_expire(&channel->ring, loop_monotonic_ms() - channel->options->ring_ttl);
    if (strcmp(attach->epoch, channel->epoch) != 0 || attach->pos > channel->last_pos)
        attach_reset(attach, "epoch");
    else if (attach->pos < channel->last_pos && ring_covers(&channel->ring, attach->pos))
        attach_add_ring(channel, attach);
    else if (attach->pos < channel->last_pos && channel->state != CHANNEL_STORED)
        attach_reset(attach, "ring");
    else if (channel->last_pos - attach->pos + attach->event_count > RECOVERY_MAX)
        attach_reset(attach, "too_far");
    else if (attach->pos < channel->last_pos)
        return attach_read_storage(channel, attach);
    attach_complete(channel, attach);
}

static void attach_run(struct task *task)
{
    struct attach *attach = (struct attach *)task;
    enum error_code why = ERROR_NONE;
    struct channel *channel = channel_get(attach->app, attach_name(attach));
    attach->task.run = attach_run;
    if (!channel || channel->state == CHANNEL_UNAVAILABLE)
        return attach_answer(attach, ERROR_STORAGE_UNAVAILABLE);
    if (channel->state == CHANNEL_LOADING)
        return channel_wait(channel, task);
    switch (attach->authorised ? ACCESS_OK : access_see(channel, attach->identity, task, &why)) {
    case ACCESS_WAIT:
        return;
    case ACCESS_DENIED:
        return attach_answer(attach, why);
    case ACCESS_OK:
        break;
    }
    if (attach->resume && attach->recovery != CARILLON_RECOVERY_RESET)
        attach_recover(channel, attach);
    else
        attach_complete(channel, attach);
}

void channel_attach(struct attach *attach)
{
    attach->task.run = attach_run;
    post_task(home_of(attach->app, attach_name(attach)), &attach->task);
}

struct detach {
    struct task task;
    const struct app *app;
    const struct identity *identity;
    unsigned worker;
    size_t name_len;
    char name[];
};

static void detach_run(struct task *task)
{
    struct detach *detach = (struct detach *)task;
    struct channel *channel = channel_find(detach->app, (struct carillon_str){ detach->name, detach->name_len });
    if (channel && channel->subscribers[detach->worker]) {
        if (--channel->subscribers[detach->worker] == 0)
            channel->workers &= ~((uint64_t)1 << detach->worker);
        if (presence_wanted(channel) && !identity_is_anonymous(detach->identity))
            presence_leave(channel, detach->identity);
        if (--channel->subscriber_count == 0)
            attach_tell(channel, CARILLON_HAPPENING_VACATED);
        counts_changed(channel);
        channel_touch(channel);
    }
    identity_unref(detach->identity);
    free(detach);
}

static _Thread_local bool worker_ended;

void channel_end_worker(void)
{
    worker_ended = true;
}

bool channel_worker_ended(void)
{
    return worker_ended;
}

void channel_detach(const struct app *app, struct carillon_str name, const struct identity *identity)
{
    if (worker_ended)
        return;
    struct detach *detach = calloc(1, sizeof *detach + name.len + 1);
    if (!detach)
        abort(); /* must hold: the home would count a session that is gone */
    detach->task.run = detach_run;
    detach->app = app;
    detach->identity = identity_ref(identity);
    detach->worker = worker_index();
    detach->name_len = name.len;
    memcpy(detach->name, name.ptr, name.len);
    post_task(home_of(app, name), &detach->task);
}
