#include "loop/loop_private.h"

#include <event2/event.h>

static void item_link(struct wheel_item **slot, struct wheel_item *item)
{
    item->next = *slot;
    item->link = slot;
    if (item->next)
        item->next->link = &item->next;
    *slot = item;
}

void wheel_clear(struct wheel_item *item)
{
    if (!item->link)
        return;
    *item->link = item->next;
    if (item->next)
        item->next->link = item->link;
    item->link = NULL;
}

void wheel_set(struct wheel_item *item, unsigned after_seconds)
{
    struct worker *worker = worker_self();
    wheel_clear(item);
    item->due = worker->tick + after_seconds + 1;
    item_link(&worker->slots[item->due % WHEEL_SLOTS], item);
}

/* Items of a later round stay; those that are due leave first, since run() may set or clear any item. */
static void wheel_tick(evutil_socket_t fd, short events, void *arg)
{
    struct worker *worker = arg;
    struct wheel_item *due = NULL, *item, *next;
    (void)fd, (void)events;
    worker->tick++;
    for (item = worker->slots[worker->tick % WHEEL_SLOTS]; item; item = next) {
        next = item->next;
        if (item->due == worker->tick) {
            wheel_clear(item);
            item_link(&due, item);
        }
    }
    while ((item = due)) {
        wheel_clear(item);
        item->run(item);
    }
}

void wheel_open(struct worker *worker)
{
    struct timeval second = { .tv_sec = 1 };
    event_assign(&worker->tick_event, worker->base, -1, EV_PERSIST, wheel_tick, worker);
    event_add(&worker->tick_event, &second);
}

void wheel_close(struct worker *worker)
{
    event_del(&worker->tick_event);
}
