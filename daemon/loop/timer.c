#include "loop/timer.h"
#include "loop/loop_private.h"

#include <event2/event.h>

static void timer_fire(evutil_socket_t fd, short events, void *arg)
{
    struct timer *timer = arg;
    (void)fd, (void)events;
    timer->running = false;
    timer->run(timer);
}

void timer_init(struct timer *timer, void (*run)(struct timer *timer))
{
    timer->run = run;
    timer->running = false;
}

void timer_start(struct timer *timer, int64_t after_ms)
{
    struct timeval tv = { .tv_sec = (time_t)(after_ms / 1000), .tv_usec = (suseconds_t)(after_ms % 1000 * 1000) };
    timer_stop(timer);
    event_assign(&timer->event, worker_self()->base, -1, 0, timer_fire, timer);
    event_add(&timer->event, &tv);
    timer->running = true;
}

void timer_stop(struct timer *timer)
{
    if (timer->running)
        event_del(&timer->event);
    timer->running = false;
}
