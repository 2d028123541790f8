/*
 * Who may not write for a while, by a hook's verdict. Every worker has the whole table, so that asking costs nothing where
 * nobody is muted; a new mute holds at once on the worker where it was said, and within a loop's turn on the others. The
 * storage keeps a copy for the next start; a mute that it cannot take holds until the daemon stops.
 */
#ifndef CARILLON_HOOK_MUTE_H
#define CARILLON_HOOK_MUTE_H

#include "session/action.h"
#include <carillon/storage.h>

enum { MUTES_MAX = 100000 };

/* On worker 0, as it starts: those of before. Until they are read nobody is muted. */
void mutes_load(void);
/* On a worker, for all. until_ms not above now: not muted any more. */
void mute_set(struct carillon_str app, const struct carillon_mute *what);
/* On the action's worker: may its author not do that now? *text: what they are to read, or absent; good until the next
   turn of the loop. Servers are never muted. */
bool mute_applies(const struct action *action, struct carillon_str *text);
void mutes_free_worker(void);

#endif
