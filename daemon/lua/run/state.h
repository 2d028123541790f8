/*
 * One worker's share of a set: a state in which its scripts are loaded, and the calls that run in it.
 *
 * A call is one run of one function of a script, in a coroutine. It runs until it ends or waits (sleep, kv, http); who makes
 * it wait wakes it later, on the same thread.
 */
#ifndef CARILLON_LUA_STATE_H
#define CARILLON_LUA_STATE_H

#include "loop/timer.h"
#include "lua/api/message.h"
#include "lua/set/set.h"

struct action;
struct app;
struct script_call;
struct message_box;
struct script_timer;

struct script_state {
    struct script_vm *vm;
    struct script_set *set;
    unsigned worker;
    int *functions; /* registry references, by the hook's number */
    unsigned function_count, function_room;
    int *commands; /* the same of commands */
    unsigned command_count;
    const struct script_source *loading; /* the script that is loaded just now, else NULL */
    struct script_call *running;
    struct verdict_room verdicts; /* of the call that ended last */
    struct script_call *waiting;  /* list */
    unsigned waiting_count;
    struct script_timer *timers; /* of scripts; list */
    unsigned timer_count;
    bool in_force;         /* its timers run */
    bool retired;          /* another set is in force: it ends with its last call */
    unsigned moment_calls; /* functions of a moment that have not ended */
    void (*moment_over)(void);
};

struct script_call {
    struct script_call *next, **link; /* among those that wait */
    struct script_state *state;
    struct script_thread thread;
    const struct script_hook *hook; /* NULL: no hook, but a timer's function or the like */
    const char *name;               /* for the log */
    carillon_handle handle;         /* of the hook's call */
    const struct app *app;          /* without a message: for which it acts; NULL: none */
    struct message_box *box;        /* what the script sees of the message; at the bottom of the thread's stack */
    int64_t begun_ns, busy_ns;
    int64_t timeout_ms; /* waiting included, counted from begun_ns; 0: as long as it takes */
    struct timer wait, limit;
    void (*ended)(struct script_call *call, enum script_fault fault); /* after it had waited; frees it */
    void (*dropped)(struct script_call *call); /* it is freed with its state, before it has ended; may be NULL */
    void (*cancel)(void *request);             /* what it waits for, when it is given up */
    void *request;
    carillon_handle asked; /* the same where it has a handle */
    const void *answer;    /* what it has waited for, until the stretch ends */
    lua_KFunction finish;  /* the binding that waited for it */
    void *user;            /* of who made the call */
    struct action *says;   /* what its bot said, the newest first: it goes when the call has ended (lua/run/say.h) */
    unsigned say_count;
};

/* For whom the state runs; NULL: for the daemon. */
struct trial *script_trial_of(lua_State *lua);
/* What its scripts share with those of other states. */
struct shared *shared_of(lua_State *lua);

/* NULL when memory is short. On the thread that owns the state from then on until it is handed over. */
struct script_state *script_state_new(struct script_set *set, unsigned worker);
/* Gives up what waits. */
void script_state_free(struct script_state *state);
/* To be called when a call of it has ended: a retired state ends with its last one. */
void script_state_settle(struct script_state *state);

/* A call of function number `index`, or (index < 0) of what the caller pushes onto call->thread.lua. NULL: memory is short. */
struct script_call *script_call_new(struct script_state *state, const struct script_hook *hook, int index);
/* Runs it with `args` arguments pushed; *fault says why it was FAULTY. WAITS: ended() will be called, unless it is freed. */
enum script_outcome script_call_run(struct script_call *call, int args, enum script_fault *fault);
void script_call_free(struct script_call *call, bool well);
/* What went wrong, with the script's place and traceback, to the log. */
void script_call_report(struct script_call *call, enum script_fault fault);
/* The error of a call that was FAULTY, as text on the state's main thread's stack (to be popped). */
const char *script_call_push_error(struct script_call *call, enum script_fault fault);

/* In a binding: the running thread waits, and the binding returns what the function that wakes it pushes.
   Usage: return script_wait(lua). */
int script_wait(lua_State *lua);
/* The same where the answer is more than that: `finish` makes the binding's results out of script_answer(). */
int script_wait_answer(lua_State *lua, lua_KFunction finish);
/* In finish, which names itself. Raises an error where there is none: a script may resume a coroutine that another call
   has left waiting. */
const void *script_answer(lua_State *lua, lua_KFunction finish);
/* The call that runs; raises an error where there is none to wait (while scripts are loaded). */
struct script_call *script_call_of(lua_State *lua);
/* The line of the script that calls a binding; 0: none is known. */
int script_line_of(lua_State *lua);
/* It goes on, with `args` values pushed onto call->thread.lua. */
void script_call_wake(struct script_call *call, int args);
/* The same for script_wait_answer; the answer need live only until this returns. */
void script_call_answer(struct script_call *call, const void *answer);

#endif
