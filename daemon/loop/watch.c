#include "loop/watch.h"
#include "loop/loop_private.h"

#include <event2/event.h>

static void watch_fire(evutil_socket_t fd, short events, void *arg)
{
    struct watch *watch = arg;
    (void)fd;
    watch->ready(watch, (events & EV_READ ? WATCH_READ : 0u) | (events & EV_WRITE ? WATCH_WRITE : 0u));
}

void watch_init(struct watch *watch, int fd, void (*ready)(struct watch *watch, unsigned what))
{
    *watch = (struct watch){ .fd = fd, .ready = ready };
}

void watch_set(struct watch *watch, unsigned what)
{
    short events = (short)(EV_PERSIST | (what & WATCH_READ ? EV_READ : 0) | (what & WATCH_WRITE ? EV_WRITE : 0));
    if (watch->wanted == what)
        return;
    if (watch->wanted)
        event_del(&watch->event);
    watch->wanted = what;
    if (!what)
        return;
    event_assign(&watch->event, worker_self()->base, watch->fd, events, watch_fire, watch);
    event_add(&watch->event, NULL);
}
