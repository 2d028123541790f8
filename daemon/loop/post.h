/*
 * Posting: how threads talk to a worker. Many producers, one consumer, drained in batches, in order for each producer.
 *
 * A task is the caller's memory and must live until it has run; run() may free it. Tasks never fail to be posted: what
 * may grow without bound at somebody's wish (publishes, subscriptions) is bounded where it is admitted.
 */
#ifndef CARILLON_LOOP_POST_H
#define CARILLON_LOOP_POST_H

#include "loop/worker.h"
#include <stdatomic.h>

struct task {
    struct task *next;
    void (*run)(struct task *task);
};

/* Any thread. worker: an index, or WORKER_MAIN. */
void post_task(unsigned worker, struct task *task);

/* Several for one worker, which then come in one piece: it is woken once. */
struct task_list {
    struct task *newest, *oldest;
    size_t count;
};
void task_list_add(struct task_list *list, struct task *task);
/* Any thread. In the order of task_list_add; empties the list. */
void post_list(unsigned worker, struct task_list *list);
/* The same with memory of its own; CARILLON_BUSY when more than POST_CALLS_MAX such calls wait at that worker. */
enum { POST_CALLS_MAX = 65536 };
enum carillon_result post_call(unsigned worker, void (*run)(void *arg), void *arg);
/* Whoever posts it bounds it; *pending counts those that have not run yet. NO_MEMORY. */
enum carillon_result post_call_counted(unsigned worker, void (*run)(void *arg), void *arg, atomic_size_t *pending);
/*
 * Main thread, when the workers were joined and nobody posts any more: takes the tasks that run() would have run out of
 * all inboxes, and gives them back to their owner.
 */
void post_take_back(void (*run)(struct task *task), void (*drop)(struct task *task));
/* How many tasks wait at a worker just now, for the metrics. */
size_t post_count_waiting(unsigned worker);

#endif
