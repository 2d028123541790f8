#include "channel/home.h"

#include "message/json.h"

#include <stdlib.h>

/* Above so many subscribers each of them would be told of each other too often. */
enum { OFTEN_MAX = 100, SELDOM_SECONDS = 5 };

struct counts {
    struct wheel_item later;
    struct channel *channel;
    int64_t told_ms;
};

static void counts_tell(struct channel *channel)
{
    struct json_writer data = { 0 };
    channel->counts->told_ms = loop_monotonic_ms();
    json_object_begin(&data, NULL);
    json_write_uint(&data, "count", channel->subscriber_count);
    json_object_end(&data);
    distribute_own(channel, &(struct carillon_event){ .type = CARILLON_EVENT_SUBSCRIBERS,
                                                      .count = channel->subscriber_count,
                                                      .data = json_writer_str(&data) });
    json_writer_free(&data);
    observe(&(struct carillon_happening){ .kind = CARILLON_HAPPENING_SUBSCRIPTION_COUNT,
                                          .app = channel->app->name,
                                          .channel = channel->name,
                                          .count = channel->subscriber_count });
}

static void counts_later(struct wheel_item *item)
{
    struct counts *counts = (struct counts *)((char *)item - offsetof(struct counts, later));
    counts_tell(counts->channel);
}

/* Presence channels tell their members instead. */
static bool counts_wanted(const struct channel *channel)
{
    enum channel_kind kind = channel_kind(channel->name);
    return kind != CHANNEL_PRESENCE && kind != CHANNEL_RESERVED && app_shown(channel->app)->subscription_counts;
}

void counts_changed(struct channel *channel)
{
    if (!counts_wanted(channel))
        return;
    if (!channel->counts) {
        channel->counts = calloc(1, sizeof *channel->counts);
        if (!channel->counts)
            return; /* the next one tries again */
        channel->counts->channel = channel;
        channel->counts->later.run = counts_later;
    }
    struct counts *counts = channel->counts;
    bool waits = counts->later.link != NULL;
    bool seldom = channel->subscriber_count > OFTEN_MAX &&
                  loop_monotonic_ms() - counts->told_ms < SELDOM_SECONDS * INT64_C(1000);
    if (!seldom) {
        wheel_clear(&counts->later);
        counts_tell(channel);
    } else if (!waits) {
        wheel_set(&counts->later, SELDOM_SECONDS);
    }
}

void counts_free(struct channel *channel)
{
    if (!channel->counts)
        return;
    wheel_clear(&channel->counts->later);
    free(channel->counts);
    channel->counts = NULL;
}
