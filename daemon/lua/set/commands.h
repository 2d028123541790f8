/*
 * Commands of scripts, for operators: what admin.command has told, a name each, the same in every state of a set.
 */
#ifndef CARILLON_LUA_COMMANDS_H
#define CARILLON_LUA_COMMANDS_H

#include "lua/set/set.h"

struct script_state;

struct script_command {
    char *name, *help;
    char *file; /* where it was told */
    int line;
};

enum { SCRIPT_COMMAND_ARGS_MAX = 32, SCRIPT_COMMAND_TIMEOUT_MS = 10000 };

/* For admin.command, while the set is loaded: number `state->command_count` of this state, the next. In states after the
   first it must be the same as there. False: error says why. Copies. */
bool script_set_add_command(struct script_set *set, struct script_state *state, const struct script_command *made,
                            char *error);
void script_set_free_commands(struct script_set *set);
/* Any thread; NULL: there is none. */
const struct script_command *script_set_find_command(const struct script_set *set, struct carillon_str name);

/* well: text is what the command returned, else what went wrong; during the call only. */
typedef void (*script_command_done_fn)(void *arg, bool well, struct carillon_str text);
/*
 * On the state's worker. done is called once: maybe before this returns, and also when the state ends before the command
 * does. NOT_FOUND: there is no such command; INVALID: too many arguments; NO_MEMORY: done is not called.
 */
enum carillon_result script_command_run(struct script_state *state, struct carillon_str name,
                                        const struct carillon_str *args, size_t count, script_command_done_fn done,
                                        void *arg);

#endif
