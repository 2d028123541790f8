/* What is left of a conversation whose document another program has deleted: all that belongs to it goes with it. */
#ifndef MONGODB_REMAINS_H
#define MONGODB_REMAINS_H

#include "query.h"

/* Called for each conversation that is gone for good; its strings live until it returns. */
typedef void remains_gone_fn(struct carillon_str app, struct carillon_str conversation);

/*
 * The follower's thread, outside a transaction. Finds what has no conversation, deletes it and tells so; count: how many
 * there were. A deletion says only which _id is gone, so all are looked at. False: it has to be done again.
 */
bool remains_drop(struct carillon_storage_thread *thread, remains_gone_fn *gone, size_t *count);
/* Is there any of the request's conversation, which does not exist? */
bool remains_any(struct carillon_storage_thread *thread);

#endif
