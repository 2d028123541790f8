/*
 * What bots say. Nobody waits for it, and it goes when the call in which it was said has ended, so that an answer comes
 * behind what it answers. It passes no hooks, so no bot talks with itself or another. On a worker.
 */
#ifndef CARILLON_LUA_SAY_H
#define CARILLON_LUA_SAY_H

#include "lua/run/state.h"

enum { SAYS_CALL_MAX = 16 };

/* False: too much was said in this call, or is under way. */
bool say_add(struct script_call *call, struct action *action);
/* The call is over. */
void says_release(struct script_call *call);
/* Of all workers, under way; any thread. */
unsigned says_count(void);
/* What has not gone yet does not go any more. */
void says_end_worker(void);

#endif
