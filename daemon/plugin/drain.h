/*
 * What plugins still have under way when the daemon stops (carillon/drain.h). Main thread.
 */
#ifndef CARILLON_PLUGIN_DRAIN_H
#define CARILLON_PLUGIN_DRAIN_H

#include <carillon/drain.h>

/* INVALID; LIMIT: there are enough. The struct lives until its removal. */
enum carillon_result drain_add(const struct carillon_drain *drain);
void drain_remove(const struct carillon_drain *drain);

/* The stop begins; the workers have been told to close their sessions. */
void plugins_drain(void);
/* To be asked when all sessions are gone: has all that their ends caused happened, and have plugins nothing left? */
bool plugins_drained(void);

#endif
