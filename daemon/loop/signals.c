#include "loop/signals.h"

#include "loop/worker.h"

#include <event2/event.h>

enum { SIGNALS_MAX = 8 };

static struct watched {
    struct event *event;
    void (*fn)(int signal_number);
} watched[SIGNALS_MAX];
static unsigned watched_count;

static void signal_arrived(evutil_socket_t number, short events, void *arg)
{
    struct watched *watch = arg;
    (void)events;
    watch->fn((int)number);
}

void signal_watch(int signal_number, void (*fn)(int signal_number))
{
    struct watched *watch = &watched[watched_count];
    if (watched_count == SIGNALS_MAX)
        return;
    watch->fn = fn;
    watch->event = evsignal_new(worker_base(WORKER_MAIN), signal_number, signal_arrived, watch);
    event_add(watch->event, NULL);
    watched_count++;
}

void signals_close(void)
{
    while (watched_count)
        event_free(watched[--watched_count].event);
}
