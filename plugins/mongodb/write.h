/* Batches of writes: one transaction each, majority and journal. */
#ifndef MONGODB_WRITE_H
#define MONGODB_WRITE_H

#include "store.h"

/* The contract's write(). */
enum carillon_result write_batch(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                                 size_t n);

/*
 * One operation inside the transaction, declared in operations.h. It checks everything before it writes anything, so a
 * refusal leaves nothing to undo; technical failures are left in thread->failure and undo the whole transaction.
 */
typedef enum carillon_result operation_fn(struct carillon_storage_thread *thread,
                                          struct carillon_storage_request *request);

#endif
