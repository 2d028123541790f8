/*
 * The daemon's stop, for plugins that have something under way which nobody else would finish.
 *
 * When the daemon stops it admits nobody and closes its sessions; then it calls `begin` on every worker: what waits should
 * go out now. It ends when clients are gone, the storage is idle and `left` says 0, or after `drain.timeout`. `left` is asked
 * again and again, and for the last time when all that the sessions' ends caused has happened.
 */
#ifndef CARILLON_DRAIN_H
#define CARILLON_DRAIN_H

#include <carillon/types.h>

struct carillon_drain {
    size_t size;
    void (*begin)(void *user);  /* on each worker, once */
    size_t (*left)(void *user); /* how much is still under way, on all workers; main thread */
    void *user;
};

#endif
