/* What a verdict may say, and what it does to an action. Pure, but for the action; on its worker. */
#ifndef CARILLON_HOOK_VERDICT_H
#define CARILLON_HOOK_VERDICT_H

#include "session/action.h"

/*
 * Does the point know this kind, does the verdict say all that the kind needs, in a form that clients can be sent, and is it
 * the last if it ends the chain? NULL: yes; else what is wrong, to be put behind "the verdict". Any thread.
 */
const char *verdict_wrong(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                          const struct carillon_verdict *verdict);
/* The same of all that the hook gave at once. */
const char *verdicts_wrong(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                           const struct carillon_verdict *verdict);
/* Does the point know this kind? Any thread. */
bool verdict_known(enum carillon_hook_point point, enum carillon_verdict_kind kind);

enum verdict_effect {
    VERDICT_GO_ON,   /* the next hook is asked */
    VERDICT_PASSED,  /* the chain ends, the action goes on */
    VERDICT_REFUSED, /* the chain ends; action->error and failure are set */
    VERDICT_FAULTY   /* it asks for too much; nothing was done */
};

/* Of a valid one but SUSPEND; what stands behind it is the caller's. */
enum verdict_effect verdict_apply(struct action *action, enum carillon_verdict_kind kind,
                                  const struct carillon_verdict *verdict);

#endif
