#include "loop/loop_private.h"

#include <event2/event.h>

/* An event that is made active while events run is run after those that were active before it, without another wait. */
void turn_end(struct turn_item *item)
{
    struct worker *worker = worker_self();
    if (item->waiting)
        return;
    item->waiting = true;
    item->next = NULL;
    if (!worker->turn_items)
        event_active(&worker->turn_event, EV_TIMEOUT, 1);
    *worker->turn_last = item;
    worker->turn_last = &item->next;
}

static void on_turn_end(evutil_socket_t fd, short events, void *arg)
{
    struct worker *worker = arg;
    (void)fd, (void)events;
    for (struct turn_item *item; (item = worker->turn_items);) {
        worker->turn_items = item->next;
        if (!worker->turn_items)
            worker->turn_last = &worker->turn_items;
        item->waiting = false;
        item->run(item);
    }
}

void turn_open(struct worker *worker)
{
    worker->turn_last = &worker->turn_items;
    event_assign(&worker->turn_event, worker->base, -1, 0, on_turn_end, worker);
}

void turn_close(struct worker *worker)
{
    event_del(&worker->turn_event);
}
