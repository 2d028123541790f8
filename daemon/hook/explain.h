/*
 * Explaining: which hook kept something from going its way, and with which code. Each case is a line of the log at level
 * info (at debug for deliveries), and one more in hook_refusals_total{hook, verdict, code}, so that an operator can tell a
 * person why. The code of what is held is its queue. Codes are the scripts': beyond EXPLAIN_COUNTERS_MAX counters a worker
 * new ones are logged alone. On the action's worker.
 */
#ifndef CARILLON_HOOK_EXPLAIN_H
#define CARILLON_HOOK_EXPLAIN_H

#include "session/action.h"

enum { EXPLAIN_COUNTERS_MAX = 200 };

/* The hook's verdict has ended the chain, and the action is refused, held or shadowed, as it says. */
void explain_action(const struct carillon_hook *hook, enum carillon_verdict_kind kind, const struct action *action);
/* A receiver does not get it. */
void explain_delivery(const struct carillon_hook *hook, const struct carillon_hook_call *shown,
                      const struct carillon_verdict *verdict);
/* A worker's end; and, when there are no workers, the main thread. */
void explain_free_worker(void);
void explain_free(void);

#endif
