/*
 * Erasing a person: everything they wrote, conversation by conversation, then their record. What is to be done is stored
 * first, so that the daemon carries it to its end by itself, whatever fails on the way, also when it dies and starts again.
 * On a worker.
 */
#ifndef CARILLON_API_ERASURE_H
#define CARILLON_API_ERASURE_H

#include "base/error.h"
#include "session/identity.h"

/* error ERROR_NONE: complete, all is durably gone; or it goes on. Else nothing was begun. */
typedef void (*erasure_told_fn)(enum error_code error, bool complete, void *arg);

/*
 * told is called once: at the end, at the first failure, or after ERASURE_PATIENCE_MS, whatever is first. The person's
 * tokens are revoked and their sessions ended as soon as the intention is durable.
 */
enum { ERASURE_PATIENCE_MS = 10000 };
void erasure_begin(const struct identity *who, erasure_told_fn told, void *arg);
/* Worker 0, as it starts: goes on with those that were not complete. */
void erasures_load(void);
void erasures_free_worker(void);

#endif
