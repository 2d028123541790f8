/*
 * A trial: messages through the hooks of a set that is not in force. Nothing of a daemon takes part: time stands still but
 * where somebody waits, HTTP and storage answer what a test says, and what scripts would do outside is written down.
 *
 * The VM, the sandbox, the budgets and the order of hooks are the daemon's own. A trial belongs to one thread, which may be
 * any; nothing blocks but reading files. carillonctl, and the tests at a reload, are made of it.
 */
#ifndef CARILLON_LUA_TRIAL_H
#define CARILLON_LUA_TRIAL_H

#include "lua/set/set.h"
#include "lua/run/state.h"

struct carillon_arena;

enum { TRIAL_COPIES_MAX = 8, TRIAL_MUTES_MAX = 8 };

/* What became of one message. Strings live until the trial's next message. */
struct trial_result {
    enum carillon_verdict_kind kind; /* of the hook that ended the chain, else MODIFY if one changed it, else PASS */
    const struct script_hook *hook;  /* that decided; NULL: none did */
    struct carillon_verdict verdict; /* its words */
    struct carillon_str text, data;  /* as the message goes on */
    struct carillon_str channel;
    struct carillon_str copies[TRIAL_COPIES_MAX];
    size_t copy_count;
    struct carillon_verdict mutes[TRIAL_MUTES_MAX]; /* of whomever, in their order */
    size_t mute_count;
    const struct script_hook *faulty; /* a hook that failed: what its on_error says was done */
    const char *error;                /* why, with file and line */
    unsigned asked;                   /* hooks that ran */
    int64_t waited_ms;                /* as the trial's clock goes */
    int64_t busy_ns;                  /* what the scripts took, in true time */
};

struct trial {
    struct script_set *set; /* with one state */
    int64_t now_ms;         /* its clock, since 1970 */
    struct shared *shared;  /* what its scripts keep (kv, limit) */
    struct carillon_arena *arena;
    struct trial_result result;
    struct script_call *asking; /* the test that runs; NULL: none does */
    int question;               /* a registry reference: the message that it asks about; LUA_NOREF: it waits for time */
    bool (*prepare)(struct script_state *state, void *user, char *error); /* before the scripts are run; may be NULL */
    void *user;
    void (*note)(const char *level, const char *text, void *user); /* what scripts log; may be NULL */
};

/*
 * Loads the options' scripts; prepare, user and note are the caller's, set before. False: error (SCRIPT_ERROR_SIZE bytes)
 * says why, with file and line. trial_close in either case.
 */
bool trial_open(struct trial *trial, const struct script_options *options, char *error);
void trial_close(struct trial *trial);

/* Asks the hooks of its point. */
const struct trial_result *trial_ask(struct trial *trial, const struct carillon_hook_call *message);
/* Tells the functions of a moment. The result has only their faults. */
const struct trial_result *trial_tell(struct trial *trial, enum script_moment moment);

/* Runs the function on top of the main stack of its state as a test. False: error says why, with file and line. */
bool trial_run_test(struct trial *trial, const char *name, char *error);

/* ---- between the files of lua/ ---- */

/* A new state, before its scripts are run: calls prepare, if it is a trial's. */
bool trial_prepare(struct script_state *state, char *error);

/* In a new state: puts what a trial has in the place of what the daemon does. The stack: the shared globals at 1. */
void trial_fake(lua_State *lua);
/* Puts into the table at that index what specs have besides. */
void trial_push_spec(lua_State *lua, int globals);
/* Pushes the list of the tests that were told, each { name =, settings =, f =, line = }. */
void trial_push_tests(lua_State *lua);
/* Pushes the function that makes a text of a value, for people. */
void trial_push_show(lua_State *lua);
/* The message that is described by the table at the index: strings live as long as it. Raises an error. *moment: NONE, or
   the table names one instead of a hook point. */
void trial_read_message(lua_State *lua, int index, struct carillon_hook_call *message, enum script_moment *moment);
void trial_push_result(lua_State *lua, const struct trial_result *result);

#endif
