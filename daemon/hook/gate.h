/*
 * Gates: while an author's action is suspended, their later ones in the same channel wait, whichever worker they came to.
 *
 * A gate lives on the worker that the hash of (app, author, channel) names, and only while somebody stands at it. Runs
 * register there by posting; what asks first is let in first. All workers share a table of counters, which tell with one
 * load that nobody stands at any gate: then nothing is asked. A counter grows after the registration was posted and falls
 * when the gate's worker has taken note of the end, so that whoever sees it at 0 comes behind all that stood there.
 *
 * All functions are for the run's worker.
 */
#ifndef CARILLON_HOOK_GATE_H
#define CARILLON_HOOK_GATE_H

#include "session/action.h"

struct gate_pass;
struct hook_run;

/* Somebody may stand at the action's gate: the run is to ask. False: it goes on, and comes back only if it suspends. */
bool gate_is_busy(const struct action *action);
/* Asks to be let in: run_admit() comes from the loop. NULL when memory is short. */
struct gate_pass *gate_enter(struct hook_run *run, const struct action *action);
/* The run suspends without having asked: what follows of its author in the channel waits. */
struct gate_pass *gate_close(struct hook_run *run, const struct action *action);
/* The run is over, and its action, if it went on, is at that home or on its way there. NULL is fine. */
void gate_leave(struct gate_pass *pass, unsigned home);

/* run.c: the run is the next. busy: too many wait, and the pass is gone. */
void run_admit(struct hook_run *run, bool busy);

/* The worker's loop has ended. */
void gates_free_worker(void);
/* Main thread, when there are no workers any more. */
void gates_free(void);

#endif
