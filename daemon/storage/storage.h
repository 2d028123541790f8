/*
 * The storage as the daemon sees it: requests that are answered later, from the loop.
 *
 * A worker fills a request and submits it; the executor's threads run it in the plugin's blocking code; done() is called
 * on that worker, exactly once. The request stays its maker's from new to free; the plugin works on a copy, so a request
 * that was given up on can be freed while the plugin still has it.
 */
#ifndef CARILLON_STORAGE_STORAGE_H
#define CARILLON_STORAGE_STORAGE_H

#include "base/arena.h"
#include "config/config.h"
#include <carillon/storage.h>
#include <stdatomic.h>

/* ---- requests: on a worker ---- */

/* With an arena for its inputs; its outputs have one of their own. NULL when memory is short. */
struct carillon_storage_request *storage_request_new(enum carillon_storage_op op, struct carillon_str app);
/* A copy in the request's arena. */
struct carillon_str storage_request_str(struct carillon_storage_request *request, struct carillon_str str);
/* NULL is fine. Also while it is under way: done() is not called then, what it does is done all the same. */
void storage_request_free(struct carillon_storage_request *request);

typedef void (*storage_done_fn)(struct carillon_storage_request *request, void *arg);

/*
 * done() must free the request, now or later. Results besides the plugin's own: BUSY (more than storage_options.max_waiting wait);
 * after storage_options.timeout UNAVAILABLE when it had not begun, else UNKNOWN for a write and UNAVAILABLE for a read.
 */
void storage_submit(struct carillon_storage_request *request, storage_done_fn done, void *arg);

/* Several writes of one conversation, with an arg each: the storage gets them in one piece, in this order. */
void storage_submit_all(struct carillon_storage_request *const *requests, void *const *args, size_t n,
                        storage_done_fn done);

/* ---- the storage: main thread ---- */

/* Opens the database and starts the executor's threads. error (256 bytes): what is wrong, and the cure. */
enum carillon_result storage_open(const struct carillon_storage_ops *ops, const struct config *config, char *error);
/* Every write that was submitted is finished first. Workers may be gone already. */
void storage_close(void);

/* ---- how it is: any thread ---- */

/* Did the last request that ended have an answer from the storage? */
bool storage_is_healthy(void);
size_t storage_count_waiting(void);

#endif
