/*
 * The audit log: what scripts put on record, a line of JSON each, in a file of its own (lua.audit) or, without one, in the
 * daemon's log. Workers never write to the file: lines go to the main thread, bounded in bytes under way and, a worker, in
 * lines a second; what is over a bound is counted and told to the script.
 */
#ifndef CARILLON_LUA_AUDIT_H
#define CARILLON_LUA_AUDIT_H

#include <carillon/types.h>

/* Main thread; again at a reload, when the file is opened anew, so that it may be rotated. path NULL or "": the log. */
enum carillon_result audit_configure(const char *path, unsigned lines_a_second);
/* On a worker. The line has no end of line. False: too much. */
bool audit_write(struct carillon_str line);
/* Main thread, when the workers have ended and before they are destroyed: what is under way is written. */
void audit_close(void);

#endif
