/*
 * Timers of a worker, on monotonic time. For what exists once or a few times; connections and sessions, of which there
 * are many, are swept by a wheel.
 */
#ifndef CARILLON_LOOP_TIMER_H
#define CARILLON_LOOP_TIMER_H

#include "loop/worker.h"
#include <event2/event_struct.h>

struct timer {
    struct event event;
    void (*run)(struct timer *timer);
    bool running;
};

/* On the worker that starts and stops it. A timer that runs is set again by timer_start. */
void timer_init(struct timer *timer, void (*run)(struct timer *timer));
void timer_start(struct timer *timer, int64_t after_ms);
void timer_stop(struct timer *timer);

/*
 * The coarse wheel: items with a deadline in whole seconds, cheap to move, none with a timer of its own. A worker has one;
 * each tick it hands every item that is due to its run(), which may set it again. Granularity one second, late by up to one.
 */
struct wheel_item {
    struct wheel_item *next, **link; /* in a slot; link NULL: not set */
    uint32_t due;                    /* in ticks since the wheel began */
    void (*run)(struct wheel_item *item);
};

void wheel_set(struct wheel_item *item, unsigned after_seconds);
void wheel_clear(struct wheel_item *item);

#endif
