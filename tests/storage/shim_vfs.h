/*
 * A VFS between SQLite and the disk that can lose power and fail.
 *
 * Everything passes through to real files; beside that it keeps, for each file, what a disk would hold for certain: what
 * was written before the last xSync. shim_cut_power() writes such a disk down as it would be found after a loss of power at
 * this moment: the certain, and of what was written since then any part, by sectors. The process goes on, so a cut can be
 * made in the middle of a commit, from the hook.
 *
 * One thread at a time. It is SQLite's default VFS from shim_install() on.
 */
#ifndef STORAGE_SHIM_VFS_H
#define STORAGE_SHIM_VFS_H

#include <stdbool.h>

void shim_install(void);
/* Makes the system's VFS the default again and forgets everything. No file may be open. */
void shim_remove(void);

/* Calls hook before each write, truncation and sync from now on, with their running number. */
void shim_hook(void (*hook)(unsigned operation, void *arg), void *arg);
/* Writes the files as they would be found, into a folder. seed: which parts survive. */
void shim_cut_power(const char *folder, unsigned seed);

enum shim_fault { SHIM_WRITE_FULL, SHIM_WRITE_ERROR, SHIM_SYNC_ERROR, SHIM_READ_ERROR, SHIM_FAULT_COUNT };

/* The operation fails on files whose name ends so, after `after` that work, `times` times (-1: until shim_heal). */
void shim_fail(enum shim_fault fault, const char *suffix, int after, int times);
void shim_heal(void);
/* Faults that have struck since shim_fail. */
unsigned shim_struck(void);
unsigned shim_syncs(void);

#endif
