/*
 * Hooks: the chain of each point, and the gates that keep an author's actions in order while one of them is suspended.
 *
 * hook_add and hook_remove run on the main thread; workers read an immutable chain that is replaced as a whole. The rest
 * runs on the worker of the action. With no hook at a point an action passes without any of this.
 */
#ifndef CARILLON_HOOK_HOOK_H
#define CARILLON_HOOK_HOOK_H

#include "pipeline.h"

struct carillon_plugin_self;

enum { HOOK_GATE_MAX = 32, HOOK_TIMEOUT_MS = 5000 };

/* EXISTS: the plugin has a hook of this id. The struct lives until hook_remove_all returned. */
enum carillon_result hook_add(struct carillon_plugin_self *plugin, const struct carillon_hook *hook);
/* Takes the plugin's hooks out of every chain. Actions that one of them still suspends get its faulty verdict. */
void hook_remove_all(struct carillon_plugin_self *plugin);
bool hooks_at(enum carillon_hook_point point);

/*
 * Runs the action through the chain of a point; `passed` or `refused` (with action->error and failure set) is called
 * once, now or later. While an author's action is suspended, later ones of the same author in the same channel wait behind
 * it; beyond HOOK_GATE_MAX they are refused as busy.
 */
void hook_run(struct action *action, enum carillon_hook_point point, void (*passed)(struct action *action),
              void (*refused)(struct action *action));

/* The host function: STALE when the call has ended, INVALID for a verdict that makes no sense (the hook then counts as
   faulty). */
enum carillon_result hook_resume(carillon_handle call, const struct carillon_verdict *verdict);
/* As the worker stops: what is suspended is refused. */
void hooks_free_worker(void);

/* Main thread, at the end. */
void hooks_free(void);

#endif
