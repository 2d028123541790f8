/* One transaction on a writer's session, tried again as long as that can help. */
#ifndef MONGODB_TRANSACTION_H
#define MONGODB_TRANSACTION_H

#include "batch.h"

/* The work of one try; what it read or wrote before is undone. It leaves failures in thread->failure. */
typedef void transaction_fn(struct carillon_storage_thread *thread, void *arg);

/*
 * Runs work and commits. Transient failures (others wrote the same, the primary stepped down) are tried again until
 * until_ms; the first refusal of a unique index makes the batch careful and tries again.
 *   OK           durable on a majority, in their journals
 *   UNKNOWN      the commit got no answer: it may happen or not
 *   others       nothing of it happened; thread->failure and thread->detail say why
 */
enum carillon_result transaction_run(struct carillon_storage_thread *thread, transaction_fn *work, void *arg,
                                     int64_t until_ms);

#endif
