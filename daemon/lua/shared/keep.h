/*
 * Keeping what scripts stored in kv through a restart: in one file, which is read before the first scripts run, written anew
 * every so often if anything has changed, and at the end. After a crash it is as old as that. What limit counts is not
 * kept: it is about seconds. Main thread.
 */
#ifndef CARILLON_LUA_KEEP_H
#define CARILLON_LUA_KEEP_H

#include <carillon/types.h>

/* Reads it, if it is there; one that is damaged, or of another form, is logged and kv begins empty. every_ms 0: nothing is
   kept, and no file is touched. Only the first time; later ones change how often. */
void keep_configure(const char *path, int64_t every_ms);
/* Writes it if it is due. What cannot be written is logged, and tried again the next time. */
void keep_turn(int64_t now_ms);
/* The last time, when no script runs any more. */
void keep_close(void);

#endif
