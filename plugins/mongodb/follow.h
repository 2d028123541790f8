/*
 * The follower: one thread a daemon that reads one change stream over the database. What daemons wrote it tells the
 * host; what other programs wrote to the messages it first adopts (adopt.h). It keeps the stream's token in the
 * database, where all daemons share it: the newest of them is where any of them goes on.
 */
#ifndef MONGODB_FOLLOW_H
#define MONGODB_FOLLOW_H

#include "store.h"

/* Main thread. Without a host that wants to know it does nothing. */
enum carillon_result follow_start(struct carillon_storage *store);
void follow_stop(struct carillon_storage *store);

#endif
