/*
 * Types that the daemon and its plugins share.
 *
 * Strings are counted and, besides, always followed by a NUL that the length does not count; an absent string has
 * ptr == NULL. Times are milliseconds since 1970 (UTC) where the name ends in _ms, and are for showing, never for
 * ordering: a conversation is ordered by pos alone.
 */
#ifndef CARILLON_TYPES_H
#define CARILLON_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, value, text): negative values are failures. DECLINED means "not mine", which is no failure. */
#define CARILLON_RESULTS(X)                                                                                            \
    X(OK, 0, "ok")                                                                                                     \
    X(AGAIN, 1, "not finished yet")                                                                                    \
    X(DECLINED, 2, "not mine")                                                                                         \
    X(DUPLICATE, 3, "done before, this is the first result")                                                           \
    X(INVALID, -1, "invalid argument")                                                                                 \
    X(NOT_FOUND, -2, "not found")                                                                                      \
    X(EXISTS, -3, "exists already")                                                                                    \
    X(CONFLICT, -4, "client id was used with another body")                                                            \
    X(FORBIDDEN, -5, "not allowed")                                                                                    \
    X(UNAUTHORIZED, -6, "not signed in")                                                                               \
    X(BUSY, -7, "too much is waiting")                                                                                 \
    X(TOO_LARGE, -8, "too large")                                                                                      \
    X(LIMIT, -9, "limit reached")                                                                                      \
    X(GONE, -10, "no longer kept")                                                                                     \
    X(UNKNOWN, -11, "outcome unknown")                                                                                 \
    X(UNAVAILABLE, -12, "not available")                                                                               \
    X(NO_MEMORY, -13, "out of memory")                                                                                 \
    X(STALE, -14, "stale handle")                                                                                      \
    X(WRONG_THREAD, -15, "called on another worker")                                                                   \
    X(UNSUPPORTED, -16, "not supported")                                                                               \
    X(INTERNAL, -17, "internal error")

enum carillon_result {
#define CARILLON_X(name, value, text) CARILLON_##name = (value),
    CARILLON_RESULTS(CARILLON_X)
#undef CARILLON_X
};

struct carillon_str {
    const char *ptr;
    size_t len;
};

#define CARILLON_STR(literal) ((struct carillon_str){ (literal), sizeof(literal) - 1 })

/*
 * Names one thing on one worker: kind, worker, generation and index in 64 bits. 0 is no handle. A handle whose thing
 * is gone is answered with CARILLON_STALE, one used on another worker with CARILLON_WRONG_THREAD.
 */
typedef uint64_t carillon_handle;

/* Memory that lives as long as the request it came with; nothing taken from it is freed one by one. */
struct carillon_arena;

#define CARILLON_LOG_LEVELS(X)                                                                                         \
    X(ERROR, "error", 3)                                                                                               \
    X(WARNING, "warning", 4)                                                                                           \
    X(NOTICE, "notice", 5)                                                                                             \
    X(INFO, "info", 6)                                                                                                 \
    X(DEBUG, "debug", 7)

enum carillon_log_level {
#define CARILLON_X(name, text, journal) CARILLON_LOG_##name,
    CARILLON_LOG_LEVELS(CARILLON_X)
#undef CARILLON_X
};

#endif
