/*
 * One Lua state: its memory, its budgets, and the coroutines in which everything of a script runs.
 *
 * A state belongs to one thread at a time: the main thread while scripts are loaded into it, then one worker. Nothing of a
 * script ever runs outside script_vm_resume, and there it is always in a coroutine that may yield. A script that has used
 * up its budget is not told so by an error, which it could catch: its coroutine yields and is never resumed. So neither
 * pcall nor coroutines nor __close nor __gc of a script see the end. That works only as long as no C function calls a
 * function of a script without a continuation: those that have to are written in Lua (prelude.lua).
 */
#ifndef CARILLON_LUA_VM_H
#define CARILLON_LUA_VM_H

#include <carillon/types.h>
#include <lua.h>

/* X(NAME, "what happened, as the log says it") */
#define SCRIPT_FAULTS(X)                                                                                               \
    X(NONE, "no fault")                                                                                                \
    X(STEPS, "took more steps than one call may")                                                                      \
    X(TIME, "ran longer at a stretch than it may")                                                                     \
    X(MEMORY, "took more memory than it may")                                                                          \
    X(ERROR, "raised an error")                                                                                        \
    X(VERDICT, "returned something that is no verdict")                                                                \
    X(TIMEOUT, "had no verdict in time")                                                                               \
    X(CROWD, "could not wait: too many calls of this worker do")

enum script_fault {
#define SCRIPT_X(name, text) SCRIPT_FAULT_##name,
    SCRIPT_FAULTS(SCRIPT_X)
#undef SCRIPT_X
        SCRIPT_FAULT_COUNT
};

const char *script_fault_text(enum script_fault fault);

struct script_budget {
    int64_t steps;      /* of one call, all its stretches together: VM instructions, and what library functions count */
    int64_t stretch_ns; /* processor time without a pause */
    size_t call_memory; /* by how much one stretch may grow the state */
    size_t memory;      /* the whole state */
};

/* What one run of a script's function is to the state: the coroutine, and what is left of its budget. */
struct script_thread {
    lua_State *lua;
    int ref;
    int64_t steps_left;
};

struct big_string;

struct script_vm {
    lua_State *lua; /* the main thread of the state: runs nothing */
    struct script_budget budget;
    void *owner; /* whom bindings belong to: struct script_state */
    /* the stretch that runs; running is the innermost coroutine, NULL: none */
    lua_State *running;
    struct script_thread *thread;
    enum script_fault killed;
    bool waiting;     /* a binding has suspended the thread on purpose */
    int grain;        /* steps until the budget is looked at */
    int interval;     /* instructions between two looks */
    bool clock_begun; /* the times below are set: most calls end before they are needed */
    int64_t wall_limit_ns, cpu_begun_ns;
    size_t memory, memory_begun;
    struct big_string *big_strings;
    size_t huge_strings;       /* how many of them are huge */
    void *scratch;             /* of bindings: freed when the next one needs it */
    struct script_thread idle; /* one coroutine that is kept for the next call */
};

/* NULL when memory is short. */
struct script_vm *script_vm_new(const struct script_budget *budget, void *owner);
void script_vm_free(struct script_vm *vm);

static inline struct script_vm *script_vm_of(lua_State *lua)
{
    return *(struct script_vm **)lua_getextraspace(lua);
}

/* A coroutine with its whole budget. False: memory is short. */
bool script_thread_begin(struct script_vm *vm, struct script_thread *thread);
/* Gives it back; one that ended well is used again. What is on its stack lives until then. */
void script_thread_end(struct script_vm *vm, struct script_thread *thread, bool well);

/* X: DONE: the results are on the thread's stack. WAITS: a binding suspended it. FAULT: vm->killed says why, and for ERROR
   the error is on top of the thread's stack. */
enum script_outcome { SCRIPT_DONE, SCRIPT_WAITS, SCRIPT_FAULTY };
/* Runs the thread with the function (at first) and `args` arguments on its stack until one of these. */
enum script_outcome script_vm_resume(struct script_vm *vm, struct script_thread *thread, int args);

/* For coroutines inside a thread: like lua_resume, and keeps the books. */
int script_vm_resume_inner(lua_State *from, lua_State *inner, int args, int *results);

/* ---- for library functions ---- */

/* Takes so many steps; does not return when there are none left. */
void budget_charge(lua_State *lua, size_t steps);
/* The same for one step in a loop. */
void budget_look(lua_State *lua);
static inline void budget_step(lua_State *lua, struct script_vm *vm)
{
    if (--vm->grain <= 0)
        budget_look(lua);
}
/* Ends the thread; does not return. */
_Noreturn void budget_kill(lua_State *lua, enum script_fault why);
/* Memory that an object of a script holds outside the state: it counts as the state's own, so that budgets and the collector
   see it. give: from the object's __gc. */
void script_memory_take(lua_State *lua, size_t bytes);
void script_memory_give(lua_State *lua, size_t bytes);
/* The longest string that a script may make: longer ones would make single instructions slow. */
enum { SCRIPT_STRING_MAX = 256 << 10 };

#endif
