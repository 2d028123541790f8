/*
 * A server that is not there when the daemon starts: one thread asks again until it is, and then makes the store ready.
 * Until then every request is answered with UNAVAILABLE.
 */
#ifndef MONGODB_OPENING_H
#define MONGODB_OPENING_H

#include "store.h"

/* Main thread. why: what the first try said. */
enum carillon_result opening_start(struct carillon_storage *store, const char *why);
/* Main thread; waits for a try that is under way. */
void opening_stop(struct carillon_storage *store);

#endif
