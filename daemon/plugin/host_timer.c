#include "plugin/host_private.h"

#include "base/handle.h"
#include "loop/timer.h"

#include <stdlib.h>

/* A plugin's timer; in its worker's list, so that an unload finds those it forgot. */
struct plugin_timer {
    struct timer timer;
    struct carillon_plugin_self *plugin;
    carillon_handle handle;
    carillon_task_fn run;
    void *arg;
    struct plugin_timer *next, **link;
};

static _Thread_local struct plugin_timer *timers;

static void plugin_timer_free(struct plugin_timer *timer)
{
    timer_stop(&timer->timer);
    handle_close(timer->handle);
    *timer->link = timer->next;
    if (timer->next)
        timer->next->link = timer->link;
    free(timer);
}

static void plugin_timer_fire(struct timer *fired)
{
    struct plugin_timer *timer = (struct plugin_timer *)fired;
    carillon_task_fn run = timer->run;
    void *arg = timer->arg;
    plugin_timer_free(timer);
    run(arg);
}

enum carillon_result host_timer_start(struct carillon_plugin_self *self, int64_t after_ms, carillon_task_fn run,
                                      void *arg, carillon_handle *handle)
{
    if (worker_index() >= workers_count())
        return CARILLON_WRONG_THREAD;
    struct plugin_timer *timer = after_ms >= 0 && run ? calloc(1, sizeof *timer) : NULL;
    if (!timer)
        return CARILLON_INVALID;
    timer->plugin = self;
    timer->run = run;
    timer->arg = arg;
    timer->handle = handle_open(HANDLE_TIMER, timer);
    timer->next = timers;
    timer->link = &timers;
    if (timers)
        timers->link = &timer->next;
    timers = timer;
    timer_init(&timer->timer, plugin_timer_fire);
    timer_start(&timer->timer, after_ms);
    if (handle)
        *handle = timer->handle;
    return CARILLON_OK;
}

enum carillon_result host_timer_stop(carillon_handle handle)
{
    enum carillon_result why = CARILLON_OK;
    struct plugin_timer *timer = handle_get(handle, HANDLE_TIMER, &why);
    if (timer)
        plugin_timer_free(timer);
    return why;
}

void plugin_timers_stop(struct carillon_plugin_self *self)
{
    for (struct plugin_timer *timer = timers, *next; timer; timer = next) {
        next = timer->next;
        if (!self || timer->plugin == self)
            plugin_timer_free(timer);
    }
}
