#include "loop/loop_private.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*
 * The inbox is a list that producers push to with one compare-and-swap and the worker takes whole with one exchange:
 * no producer ever waits for another, and a batch costs one wake-up. Taken newest first, it is turned round before it
 * runs, so each producer's tasks run in the order it posted them.
 */
static void inbox_push(unsigned index, struct task *newest, struct task *oldest, size_t n)
{
    struct worker *worker = worker_at(index);
    atomic_fetch_add_explicit(&worker->waiting, n, memory_order_relaxed);
    struct task *head = atomic_load_explicit(&worker->inbox, memory_order_relaxed);
    do
        oldest->next = head;
    while (!atomic_compare_exchange_weak_explicit(&worker->inbox, &head, newest, memory_order_release,
                                                  memory_order_relaxed));
    if (!head)
        eventfd_write(worker->wake_fd, 1);
}

void post_task(unsigned index, struct task *task)
{
    inbox_push(index, task, task, 1);
}

void task_list_add(struct task_list *list, struct task *task)
{
    task->next = list->newest;
    list->newest = task;
    if (!list->oldest)
        list->oldest = task;
    list->count++;
}

void post_list(unsigned index, struct task_list *list)
{
    if (list->count)
        inbox_push(index, list->newest, list->oldest, list->count);
    *list = (struct task_list){ 0 };
}

static struct task *inbox_take(struct worker *worker)
{
    struct task *task = atomic_exchange_explicit(&worker->inbox, NULL, memory_order_acquire), *first = NULL;
    while (task) {
        struct task *older = task->next;
        task->next = first;
        first = task;
        task = older;
    }
    return first;
}

static void inbox_drain(evutil_socket_t fd, short events, void *arg)
{
    struct worker *worker = arg;
    eventfd_t ignored;
    (void)events;
    eventfd_read(fd, &ignored);
    size_t n = 0;
    for (struct task *task = inbox_take(worker), *next; task; task = next, n++) {
        next = task->next;
        task->run(task);
    }
    atomic_fetch_sub_explicit(&worker->waiting, n, memory_order_relaxed);
}

struct call {
    struct task task;
    void (*run)(void *arg);
    void *arg;
    atomic_size_t *pending; /* of its poster, who bounds how many there are; NULL: the worker counts it */
};

static void call_run(struct task *task)
{
    struct call *call = (struct call *)task;
    if (!call->pending)
        atomic_fetch_sub_explicit(&worker_self()->calls, 1, memory_order_relaxed);
    call->run(call->arg);
    if (call->pending)
        atomic_fetch_sub(call->pending, 1);
    free(call);
}

enum carillon_result post_call(unsigned index, void (*run)(void *arg), void *arg)
{
    struct worker *worker = worker_at(index);
    if (atomic_load_explicit(&worker->calls, memory_order_relaxed) >= POST_CALLS_MAX)
        return CARILLON_BUSY;
    struct call *call = malloc(sizeof *call);
    if (!call)
        return CARILLON_NO_MEMORY;
    *call = (struct call){ .task.run = call_run, .run = run, .arg = arg };
    atomic_fetch_add_explicit(&worker->calls, 1, memory_order_relaxed);
    post_task(index, &call->task);
    return CARILLON_OK;
}

enum carillon_result post_call_counted(unsigned index, void (*run)(void *arg), void *arg, atomic_size_t *pending)
{
    struct call *call = malloc(sizeof *call);
    if (!call)
        return CARILLON_NO_MEMORY;
    *call = (struct call){ .task.run = call_run, .run = run, .arg = arg, .pending = pending };
    atomic_fetch_add(pending, 1);
    post_task(index, &call->task);
    return CARILLON_OK;
}

size_t post_count_waiting(unsigned index)
{
    return atomic_load_explicit(&worker_at(index)->waiting, memory_order_relaxed);
}

enum carillon_result post_open(struct worker *worker)
{
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (worker->wake_fd < 0)
        return CARILLON_UNAVAILABLE;
    event_assign(&worker->wake_event, worker->base, worker->wake_fd, EV_READ | EV_PERSIST, inbox_drain, worker);
    event_add(&worker->wake_event, NULL);
    return CARILLON_OK;
}

void post_take_back(void (*run)(struct task *task), void (*drop)(struct task *task))
{
    for (unsigned i = 0; i <= workers_count(); i++) {
        for (struct task *task = inbox_take(worker_at(i)), *next; task; task = next) {
            next = task->next;
            if (task->run == run)
                drop(task);
            else
                post_task(i, task);
        }
    }
}

/* Nothing runs any more: calls of our own are freed, tasks are their owners' memory. */
void post_close(struct worker *worker)
{
    if (worker->wake_fd <= 0)
        return;
    event_del(&worker->wake_event);
    for (struct task *task = inbox_take(worker), *next; task; task = next) {
        next = task->next;
        if (task->run == call_run)
            free(task);
    }
    close(worker->wake_fd);
}
