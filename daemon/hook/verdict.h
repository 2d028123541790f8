/* What a verdict may say, and what it does to an action. Pure, but for the action; on its worker. */
#ifndef CARILLON_HOOK_VERDICT_H
#define CARILLON_HOOK_VERDICT_H

#include "session/action.h"

/*
 * Does the point know this kind, and does the verdict say all that the kind needs, in a form that clients can be sent? NULL:
 * yes; else what is wrong, to be put behind "the verdict". Any thread.
 */
const char *verdict_wrong(enum carillon_hook_point point, enum carillon_verdict_kind kind,
                          const struct carillon_verdict *verdict);
/* Does the point know this kind? Any thread. */
bool verdict_known(enum carillon_hook_point point, enum carillon_verdict_kind kind);

enum verdict_effect {
    VERDICT_GO_ON,   /* the next hook is asked */
    VERDICT_PASSED,  /* the chain ends, the action goes on */
    VERDICT_REFUSED, /* the chain ends; action->error and failure are set */
    VERDICT_FAULTY   /* it asks for too much; nothing was done */
};

/* Of a valid one but SUSPEND. */
enum verdict_effect verdict_apply(struct action *action, enum carillon_verdict_kind kind,
                                  const struct carillon_verdict *verdict);

#endif
