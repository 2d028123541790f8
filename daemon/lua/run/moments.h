/* The moments of scripts: start, reload and stop, each told once to every worker's state. */
#ifndef CARILLON_LUA_MOMENTS_H
#define CARILLON_LUA_MOMENTS_H

#include "lua/run/state.h"

/*
 * On the state's worker: calls the functions of this moment, in their order. Those that wait go on later, beside each
 * other. over (may be NULL) is called once all have ended, maybe before this returns; never if the state ends before. One
 * moment with an `over` at a time.
 */
void moment_tell(struct script_state *state, enum script_moment moment, void (*over)(void));

#endif
