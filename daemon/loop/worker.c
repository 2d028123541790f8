#include "loop/loop_private.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static struct worker workers[WORKER_MAX + 1];
static unsigned count;
static _Thread_local unsigned self_index = WORKER_NONE;
static void (*start_hook)(unsigned index), (*stop_hook)(unsigned index);

struct worker *worker_at(unsigned index)
{
    return &workers[index];
}

struct worker *worker_self(void)
{
    return self_index == WORKER_NONE ? NULL : &workers[self_index];
}

unsigned workers_count(void)
{
    return count;
}

unsigned worker_index(void)
{
    return self_index;
}

struct event_base *worker_base(unsigned index)
{
    return workers[index].base;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t loop_monotonic_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t loop_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t loop_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

static struct event_base *base_new(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    /* A base is used by one thread only; posting has its own eventfd, so libevent needs no locks. */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static enum carillon_result worker_open(unsigned index)
{
    struct worker *worker = &workers[index];
    worker->index = index;
    worker->base = base_new();
    if (!worker->base)
        return CARILLON_NO_MEMORY;
    enum carillon_result result = post_open(worker);
    if (result != CARILLON_OK)
        return result;
    wheel_open(worker);
    turn_open(worker);
    return result;
}

enum carillon_result workers_create(unsigned n)
{
    if (n == 0 || n > WORKER_MAX || count)
        return CARILLON_INVALID;
    count = n;
    for (unsigned i = 0; i <= n; i++) {
        enum carillon_result result = worker_open(i);
        if (result != CARILLON_OK) {
            workers_destroy();
            return result;
        }
    }
    self_index = n;
    return CARILLON_OK;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    char name[16];
    self_index = worker->index;
    snprintf(name, sizeof name, "worker %u", worker->index);
    pthread_setname_np(pthread_self(), name);
    if (start_hook)
        start_hook(worker->index);
    event_base_loop(worker->base, EVLOOP_NO_EXIT_ON_EMPTY);
    if (stop_hook)
        stop_hook(worker->index);
    return NULL;
}

enum carillon_result workers_start(void (*on_start)(unsigned index), void (*on_stop)(unsigned index))
{
    sigset_t all, before;
    start_hook = on_start;
    stop_hook = on_stop;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    for (unsigned i = 0; i < count; i++)
        workers[i].started = pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (unsigned i = 0; i < count; i++) {
        if (!workers[i].started) {
            workers_join();
            return CARILLON_UNAVAILABLE;
        }
    }
    return CARILLON_OK;
}

void workers_run_main(void)
{
    event_base_loop(workers[count].base, EVLOOP_NO_EXIT_ON_EMPTY);
}

static void worker_break(struct task *task)
{
    (void)task;
    event_base_loopbreak(worker_self()->base);
}

void workers_quit(void)
{
    static struct task quit = { .run = worker_break };
    static atomic_flag asked = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&asked))
        post_task(count, &quit);
}

void workers_join(void)
{
    static struct task stop[WORKER_MAX];
    for (unsigned i = 0; i < count; i++) {
        if (!workers[i].started)
            continue;
        stop[i].run = worker_break;
        post_task(i, &stop[i]);
        pthread_join(workers[i].thread, NULL);
        workers[i].started = false;
    }
}

void workers_destroy(void)
{
    for (unsigned i = 0; i <= count; i++) {
        struct worker *worker = &workers[i];
        if (!worker->base)
            continue;
        turn_close(worker);
        wheel_close(worker);
        post_close(worker);
        event_base_free(worker->base);
        *worker = (struct worker){ 0 };
    }
    count = 0;
    self_index = WORKER_NONE;
}
