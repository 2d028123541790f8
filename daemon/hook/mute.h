/*
 * Who may not write for a while, by a hook's verdict. Every worker has the whole table, so that asking costs nothing where
 * nobody is muted; a new mute holds at once on the worker where it was said, and within a loop's turn on the others. It is
 * forgotten when the daemon stops.
 */
#ifndef CARILLON_HOOK_MUTE_H
#define CARILLON_HOOK_MUTE_H

#include "pipeline.h"

enum { MUTES_MAX = 100000 };

/* On a worker, for all. channel: a name, or "*" for all of the app. text: for the muted to read, may be absent. ttl_ms 0:
   not muted any more. */
void mute_set(struct carillon_str app, struct carillon_str user, struct carillon_str channel, struct carillon_str text,
              int64_t ttl_ms);
/* On the action's worker: may its author not do that now? *text: what they are to read, or absent; good until the next
   turn of the loop. Servers are never muted. */
bool mute_applies(const struct action *action, struct carillon_str *text);
void mutes_free_worker(void);

#endif
