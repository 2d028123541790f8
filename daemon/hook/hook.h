/*
 * Hooks: the chain of each point, and the gates that keep an author's actions in order while one of them is suspended.
 *
 * Workers read an immutable chain that the main thread replaces as a whole. The rest runs on the worker of the action. With
 * no hook at a point an action passes without any of this.
 */
#ifndef CARILLON_HOOK_HOOK_H
#define CARILLON_HOOK_HOOK_H

#include "session/action.h"

struct app;
struct carillon_plugin_self;

enum { HOOK_GATE_MAX = 32, HOOK_TIMEOUT_MS = 5000 };

/*
 * Main thread. The hook is copied; owner names who brought it (a plugin, or another address of a module's own).
 * EXISTS: the owner has one of this id at this point.
 */
enum carillon_result hook_add(const struct carillon_plugin_self *owner, const struct carillon_hook *hook);
/*
 * Main thread. These n, in this order, stand in the place of all the owner's hooks: one swap a point, nothing when it fails.
 * n 0: takes them back. An action that has begun goes on along the old chain, so run and user of what is given here must
 * stay good until the end.
 */
enum carillon_result hooks_replace(const struct carillon_plugin_self *owner, const struct carillon_hook *hooks,
                                   size_t n);
/* Any thread: is there a hook for this app and channel at the point? Absent ones fit every pattern. */
bool hooks_at(enum carillon_hook_point point, struct carillon_str app, struct carillon_str channel);

/*
 * Runs the action through the chain of a point; `passed` or `refused` (with action->error and failure set) is called
 * once, now or later. gated: while it is suspended, later ones of its author in its channel wait behind it, and it waits
 * behind earlier ones; beyond HOOK_GATE_MAX they are refused as busy.
 */
void hook_run(struct action *action, enum carillon_hook_point point, bool gated, void (*passed)(struct action *action),
              void (*refused)(struct action *action));
/* Any worker: may one of the author's actions in the channel be suspended? Then this one goes through hook_run, too. */
bool hook_must_wait(const struct action *action);

/*
 * A step of a session that hooks judge and no home sees: connect, auth, subscribe, unsubscribe, presence. Strings are
 * copied. answered() is called once: with NULL when all passed, maybe before hook_judge returns, so that order is kept; with
 * what to tell, good during the call, from the loop. As the worker stops it is called, too. The caller has asked hooks_at()
 * before, so that a step costs nothing where there is no hook.
 */
struct hook_step {
    enum carillon_hook_point point;
    const struct app *app;           /* NULL: not known yet */
    const struct identity *identity; /* NULL before sign-in */
    carillon_handle session;
    struct carillon_str channel, address, event;
};
typedef void (*hook_answered_fn)(void *arg, const struct carillon_failure *failure);
void hook_judge(const struct hook_step *step, hook_answered_fn answered, void *arg);
/* The same where nobody waits for the verdict. */
void hook_tell(const struct hook_step *step);

/* The host function: STALE when the call has ended, INVALID for a verdict that makes no sense (the hook then counts as
   faulty). */
enum carillon_result hook_resume(carillon_handle call, const struct carillon_verdict *verdict);
/* As the worker stops: what is suspended is refused. */
void hooks_free_worker(void);

/* Main thread, last of all: the workers' inboxes are gone. */
void hooks_free(void);

#endif
