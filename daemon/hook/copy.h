/*
 * Copies: a message that hooks send to other channels, too. They go when the message itself is stored or passed on, with
 * the daemon's own rights and in the author's name, through no hooks. Their client id is made of the message's, so that a
 * retry makes no second copy. On the worker where the action was made.
 */
#ifndef CARILLON_HOOK_COPY_H
#define CARILLON_HOOK_COPY_H

#include "session/action.h"

enum { HOOK_COPIES_MAX = 8 };

/* False: there are HOOK_COPIES_MAX already. A channel that is asked for twice gets one. */
bool copies_add(struct action *action, struct carillon_str channel);
/* The action ended well. */
void copies_send(const struct action *action);

#endif
