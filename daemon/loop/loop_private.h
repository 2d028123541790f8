/* What the files of loop/ share: one worker's record. */
#ifndef CARILLON_LOOP_LOOP_PRIVATE_H
#define CARILLON_LOOP_LOOP_PRIVATE_H

#include "loop/post.h"
#include "loop/timer.h"
#include "loop/turn.h"
#include <pthread.h>
#include <stdatomic.h>

enum { WHEEL_SLOTS = 128 };

struct worker {
    unsigned index;
    pthread_t thread;
    bool started;
    struct event_base *base;
    /* posting */
    _Atomic(struct task *) inbox; /* newest first */
    _Atomic size_t waiting, calls;
    int wake_fd;
    struct event wake_event;
    /* wheel */
    struct wheel_item *slots[WHEEL_SLOTS];
    uint32_t tick;
    struct event tick_event;
    /* end of the turn */
    struct turn_item *turn_items, **turn_last;
    struct event turn_event;
} __attribute__((aligned(64)));

struct worker *worker_at(unsigned index);
struct worker *worker_self(void);

enum carillon_result post_open(struct worker *worker);
void post_close(struct worker *worker);
void wheel_open(struct worker *worker);
void wheel_close(struct worker *worker);
void turn_open(struct worker *worker);
void turn_close(struct worker *worker);

#endif
