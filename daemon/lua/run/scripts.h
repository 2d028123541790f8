/*
 * The daemon's scripts: the set that is in force, its hooks in the chains, and its exchange for another while messages are
 * on their way.
 */
#ifndef CARILLON_LUA_SCRIPTS_H
#define CARILLON_LUA_SCRIPTS_H

#include "config/config.h"
#include "lua/set/commands.h"

/* Main thread, before the configuration is read. */
enum carillon_result scripts_declare_options(void);
/* Main thread. The first set; what is wrong is logged. */
enum carillon_result scripts_open(const struct config *config);
/*
 * Main thread, at a reload. A new set is compiled beside the running one and then takes its place on all workers at once for
 * messages that begin from then on. One that is faulty is logged, and the old one goes on.
 */
void scripts_reload(const struct config *config);
/* On each worker, as it begins: tells the scripts. */
void scripts_begin_worker(void);
/* Main thread, as the daemon drains: tells the scripts. They have until the drain ends. */
void scripts_drain(void);
bool scripts_drained(void);
/* A worker's end, after hooks_free_worker. */
void scripts_end_worker(void);
/*
 * On a worker: runs a command of the set in force. As script_command_run; UNAVAILABLE: there are no scripts.
 */
enum carillon_result scripts_run_command(struct carillon_str name, const struct carillon_str *args, size_t count,
                                         script_command_done_fn done, void *arg);
/* Any thread: the i-th command of the set in force; NULL: there are not so many. Good until the daemon ends. */
const struct script_command *scripts_command_at(size_t i);
/* Main thread, when the workers have ended and before they are destroyed. */
void scripts_join(void);
/* Main thread, at the end. */
void scripts_close(void);

#endif
