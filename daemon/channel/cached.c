#include "channel/home.h"

#include <stdlib.h>

/* Outlives the last subscriber: the channel does not go while there is one that is fresh. */
struct cached {
    struct shared_event *event;
    int64_t until_ms; /* monotonic */
};

void cached_keep(struct channel *channel, struct shared_event *event)
{
    if (!channel_is_cached(channel->name))
        return;
    if (!channel->cached)
        channel->cached = calloc(1, sizeof *channel->cached);
    if (!channel->cached)
        return;
    shared_event_unref(channel->cached->event);
    channel->cached->event = shared_event_ref(event);
    channel->cached->until_ms = loop_monotonic_ms() + app_shown(channel->app)->limits.cached;
}

struct shared_event *cached_event(struct channel *channel)
{
    if (channel->cached && channel->cached->until_ms <= loop_monotonic_ms())
        cached_free(channel);
    return channel->cached ? channel->cached->event : NULL;
}

int64_t cached_left_ms(const struct channel *channel)
{
    return channel->cached ? channel->cached->until_ms - loop_monotonic_ms() : 0;
}

void cached_free(struct channel *channel)
{
    if (!channel->cached)
        return;
    shared_event_unref(channel->cached->event);
    free(channel->cached);
    channel->cached = NULL;
}
