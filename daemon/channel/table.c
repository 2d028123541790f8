#include "channel/home.h"

#include "base/log.h"
#include "base/uuid.h"
#include "channel/external.h"
#include "session/registry.h"

static _Thread_local struct channel *channels;
static atomic_size_t channel_count;

static void channel_free(struct channel *channel);
static void channel_load(struct channel *channel);

size_t channels_count(void)
{
    return atomic_load_explicit(&channel_count, memory_order_relaxed);
}

struct channel *channel_find(const struct app *app, struct carillon_str name)
{
    struct scoped_key key;
    struct channel *channel = NULL;
    size_t len = scoped_key_make(&key, app->name.ptr, name.ptr, name.len);
    if (len)
        HASH_FIND(hh, channels, &key, len, channel);
    return channel;
}

/* Nobody subscribes and nothing is under way: what is known can be read again. */
static void channel_linger_over(struct wheel_item *item)
{
    struct channel *channel = (struct channel *)((char *)item - offsetof(struct channel, linger));
    bool busy = channel->workers || channel->pending.count || channel->order_turn.waiting || channel->in_flight ||
                channel->holds || channel->catching_up || channel->state == CHANNEL_LOADING ||
                access_is_waiting(channel) || cached_event(channel);
    ring_expire(&channel->ring, loop_monotonic_ms() - channel->options->ring_ttl);
    if (busy)
        channel_touch(channel);
    else
        channel_free(channel);
}

void channel_touch(struct channel *channel)
{
    wheel_set(&channel->linger, LINGER_SECONDS);
}

static struct channel *channel_new(const struct app *app, struct carillon_str name)
{
    struct scoped_key key;
    size_t len = scoped_key_make(&key, app->name.ptr, name.ptr, name.len);
    struct channel *channel = len ? calloc(1, offsetof(struct channel, key) + len + 1) : NULL;
    if (!channel)
        return NULL;
    memcpy(&channel->key, &key, len);
    channel->app = app;
    channel->name = (struct carillon_str){ channel->key.name, name.len };
    channel->options = app_channel_options(app, name);
    channel->order_turn.run = order_turn_ended;
    channel->waiting_last = &channel->waiting;
    channel->linger.run = channel_linger_over;
    channel->again.run = order_again;
    HASH_ADD_KEYPTR(hh, channels, &channel->key, len, channel);
    atomic_fetch_add_explicit(&channel_count, 1, memory_order_relaxed);
    return channel;
}

static void channel_free(struct channel *channel)
{
    HASH_DEL(channels, channel);
    atomic_fetch_sub_explicit(&channel_count, 1, memory_order_relaxed);
    wheel_clear(&channel->linger);
    wheel_clear(&channel->again);
    external_drop(channel->waiting);
    ring_clear(&channel->ring);
    presence_free(channel);
    cached_free(channel);
    counts_free(channel);
    access_free(channel);
    free(channel);
}

struct channel *channel_get(const struct app *app, struct carillon_str name)
{
    struct channel *channel = channel_find(app, name);
    if (!channel) {
        channel = channel_new(app, name);
        if (channel)
            channel_load(channel);
    }
    if (channel)
        channel_touch(channel);
    return channel;
}

static void channel_set_unstored(struct channel *channel)
{
    channel->state = CHANNEL_UNSTORED;
    if (channel->options->ring_events)
        random_make_name(channel->epoch);
}

void channel_end_conversation(struct channel *channel)
{
    log_notice("channel", "%s is a conversation no more", channel->name.ptr);
    access_end(channel);
    sessions_evict(channel->app, channel->name, (struct carillon_str){ 0 }, ERROR_UNKNOWN_CHANNEL);
    ring_clear(&channel->ring);
    channel->last_pos = channel->known_pos = channel->catch_up_to = channel->first_pos = 0;
    channel->behind = false;
    channel_set_unstored(channel);
}

void channel_set_stored(struct channel *channel, const struct carillon_conversation *conversation)
{
    channel->state = CHANNEL_STORED;
    channel->visibility = conversation->visibility;
    snprintf(channel->epoch, sizeof channel->epoch, "%s", conversation->epoch.ptr);
    channel->last_pos = conversation->last_pos;
    channel->first_pos = conversation->first_pos;
    ring_clear(&channel->ring);
}

static void channel_wake(struct channel *channel)
{
    struct task *task = channel->waiting, *next;
    channel->waiting = NULL;
    channel->waiting_last = &channel->waiting;
    for (; task; task = next) {
        next = task->next;
        task->run(task);
    }
}

void channel_wait(struct channel *channel, struct task *task)
{
    task->next = NULL;
    *channel->waiting_last = task;
    channel->waiting_last = &task->next;
}

static void channel_loaded(struct carillon_storage_request *request, void *arg)
{
    struct channel *channel = arg;
    if (request->result == CARILLON_OK) {
        channel_set_stored(channel, request->out.conversation);
    } else if (request->result == CARILLON_NOT_FOUND) {
        channel_set_unstored(channel);
    } else {
        log_warning("channel", "%s could not be looked up in the storage: %s", channel->name.ptr,
                    request->out.detail.ptr ? request->out.detail.ptr : "no answer");
        channel->state = CHANNEL_UNAVAILABLE;
    }
    storage_request_free(request);
    channel_wake(channel);
    if (channel->state == CHANNEL_UNAVAILABLE) /* the next one asks again */
        channel_free(channel);
}

static void channel_load(struct channel *channel)
{
    channel->state = CHANNEL_LOADING;
    if (!channel->options->stored || channel_kind(channel->name) == CHANNEL_RESERVED) {
        channel_set_unstored(channel);
        return;
    }
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_CONVERSATION_GET,
                                                                   channel->app->name);
    if (!request)
        abort(); /* must hold: without it the channel would lose its history */
    request->in.conversation = storage_request_str(request, channel->name);
    storage_submit(request, channel_loaded, channel);
}

struct forget {
    struct task task;
    const struct app *app;
    size_t name_len;
    char name[];
};

static void forget_run(struct task *task)
{
    struct forget *forget = (struct forget *)task;
    struct channel *channel = channel_find(forget->app, (struct carillon_str){ forget->name, forget->name_len });
    if (channel)
        ring_clear(&channel->ring);
    free(forget);
}

void channel_forget_ring(const struct app *app, struct carillon_str name)
{
    struct forget *forget = calloc(1, sizeof *forget + name.len + 1);
    if (!forget)
        abort(); /* must hold: transports would tell different stories */
    forget->task.run = forget_run;
    forget->app = app;
    forget->name_len = name.len;
    memcpy(forget->name, name.ptr, name.len);
    post_task(home_of(app, name), &forget->task);
}

void channels_each(const struct app *app, void (*fn)(struct channel *channel, void *arg), void *arg)
{
    for (struct channel *channel = channels, *next; channel; channel = next) {
        next = channel->hh.next;
        if (channel->app == app)
            fn(channel, arg);
    }
}

void channels_each_of_worker(void (*fn)(struct channel *channel))
{
    struct channel *channel, *next;
    HASH_ITER (hh, channels, channel, next)
        fn(channel);
}

void channels_free_worker(void)
{
    struct channel *channel, *next;
    HASH_ITER (hh, channels, channel, next)
        channel_free(channel);
}
