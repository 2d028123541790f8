/*
 * The home's door: an action that passed its hooks. On the home's worker; it ends with action_complete.
 */
#ifndef CARILLON_CHANNEL_SUBMIT_H
#define CARILLON_CHANNEL_SUBMIT_H

#include "session/action.h"

void channel_submit(struct action *action);

#endif
