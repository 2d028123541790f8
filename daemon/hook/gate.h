/*
 * Gates: while an author's action is suspended, their later ones in the same channel wait here. On the action's worker.
 */
#ifndef CARILLON_HOOK_GATE_H
#define CARILLON_HOOK_GATE_H

#include "hook/hook.h"
#include "loop/timer.h"

struct gate;

/* One action's way through the chain. */
struct hook_run {
    struct action *action;
    void (*passed)(struct action *action);
    void (*refused)(struct action *action);
    const struct hook_chain *chain;
    size_t next;             /* in the chain */
    carillon_handle call;    /* while it is suspended, else 0 */
    struct gate *gate;       /* the one it holds, or NULL */
    struct hook_run *behind; /* the next that waits at the same gate */
    struct carillon_hook_call shown;
    struct timer timeout;
    bool calling; /* inside the hook's function */
};

/* Closed: somebody of the same author and channel is on the way. True: the run waits and will be woken; *busy: it cannot. */
bool gate_wait(struct hook_run *run, bool *busy);
/* The run suspends: what follows of its author in the channel waits. */
void gate_close(struct hook_run *run);
/* The run is over; the next that waited holds the gate now and is to be run. NULL: none, and the gate is gone. */
struct hook_run *gate_open_next(struct hook_run *run);
/* The loop has ended: calls over() for whoever holds a gate, and for those that wait there, and gives all gates back. */
void gates_free_worker(void (*over)(struct hook_run *run));

#endif
