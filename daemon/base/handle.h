/*
 * Handles: 64-bit names of things that belong to one worker: kind, worker, generation and index.
 *
 * Each worker has its own table; get, open and close are for that worker only, and any thread may ask which worker a
 * handle names. A slot's generation grows when it is closed, so an old handle is recognised (it wraps after 2^24 uses
 * of one slot, and slots are used in turn).
 */
#ifndef CARILLON_BASE_HANDLE_H
#define CARILLON_BASE_HANDLE_H

#include <carillon/types.h>

#define HANDLE_KINDS(X)                                                                                                \
    X(REQUEST)                                                                                                         \
    X(CONN)                                                                                                            \
    X(SESSION)                                                                                                         \
    X(TIMER)                                                                                                           \
    X(HOOK_CALL)                                                                                                       \
    X(FETCH)

enum handle_kind {
    HANDLE_FREE,
#define HANDLE_X(name) HANDLE_##name,
    HANDLE_KINDS(HANDLE_X)
#undef HANDLE_X
};

/* 0 when memory or the 2^24 slots are used up. */
carillon_handle handle_open(enum handle_kind kind, void *thing);
void handle_close(carillon_handle handle);
/* The thing; else NULL and *why (if given) STALE, or WRONG_THREAD on another worker than the handle's. */
void *handle_get(carillon_handle handle, enum handle_kind kind, enum carillon_result *why);
/* The worker that a handle belongs to. */
unsigned handle_worker(carillon_handle handle);
/* Gives back the calling worker's table, as the worker stops. */
void handles_free(void);

#endif
