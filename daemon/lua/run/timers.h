/* What scripts have run later (`after`) or again and again (`every`). On the state's thread. */
#ifndef CARILLON_LUA_TIMERS_H
#define CARILLON_LUA_TIMERS_H

#include "lua/run/state.h"

enum { SCRIPT_TIMERS_MAX = 1000 };

/* The state is in force, on its worker: those that were asked for while it was loaded begin to run. */
void script_timers_begin(struct script_state *state);
/* None runs from now on; a function that waits ends as it began. */
void script_timers_stop(struct script_state *state);
/* The end of the state: no function of them waits any more. */
void script_timers_free(struct script_state *state);

#endif
