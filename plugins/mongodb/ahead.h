/*
 * The look-ahead: a thread that reads the primary's oplog, where an insert stands as soon as it was written; the change
 * stream tells of it only after a majority has it. A plain message of another program gets its place meanwhile, so that
 * the waiting for its majority and for that of its place is one. What it does is what the stream would do, in the same
 * order: whatever is not a plain insert into a conversation that is known it leaves to the stream, and then all that
 * follows, until the stream has come past that. Without the right to read the oplog, or where it shows nothing, the stream
 * does all.
 */
#ifndef MONGODB_AHEAD_H
#define MONGODB_AHEAD_H

#include "store.h"

struct ahead;

/* NULL: there is none. The functions below take that. */
struct ahead *ahead_start(struct carillon_storage *store);
void ahead_stop(struct ahead *ahead);

/* The change stream's thread: it has come to this insert. Has it its place? Waits while it is being given. */
bool ahead_has_placed(struct ahead *ahead, const bson_value_t *key);
/*
 * The change stream's thread: all up to this resume token is handled; within: but for others of the same transaction.
 */
void ahead_follow(struct ahead *ahead, const bson_t *token, bool within);

#endif
