/*
 * How often somebody may do something expensive: a bucket a key, shared by all workers. Any thread.
 */
#ifndef CARILLON_SESSION_THROTTLE_H
#define CARILLON_SESSION_THROTTLE_H

#include <carillon/types.h>

/* May `who` of the app do `what` (a literal) once more? burst: at once, at most; then one each interval_us. */
bool throttle_take(const char *what, struct carillon_str app, struct carillon_str who, unsigned burst,
                   int64_t interval_us);
void throttle_free(void);

#endif
