#include "lua/vm/vm.h"
#include "base/hash.h"

#include <lauxlib.h>
#include <time.h>

enum {
    GRAIN = 1000,     /* steps of library functions between two looks at the clock */
    INTERVAL = 100,   /* instructions between two looks */
    INTERVAL_BIG = 8, /* while big strings are alive: comparing two of them is one instruction */
    INTERVAL_HUGE = 1,
    STRING_BIG = 4 << 10,
    STRING_HUGE = 64 << 10,
    BLOCK_MAX = 4 << 20, /* a larger table would take too long to grow */
    BLOCK_NEVER = 8 << 20,
};

const char *script_fault_text(enum script_fault fault)
{
    static const char *const texts[] = {
#define SCRIPT_X(name, text) text,
        SCRIPT_FAULTS(SCRIPT_X)
#undef SCRIPT_X
    };
    return texts[fault];
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* ---- the budget ---- */

static void on_count(lua_State *lua, lua_Debug *debug);

static void set_interval(struct script_vm *vm, int interval)
{
    vm->interval = interval;
    if (vm->running)
        lua_sethook(vm->running, on_count, LUA_MASKCOUNT, interval);
}

static void mark_killed(struct script_vm *vm, enum script_fault why)
{
    if (vm->killed == SCRIPT_FAULT_NONE)
        vm->killed = why;
}

/* Has the stretch run too long? Time that other threads had the processor is not its fault. */
static bool is_late(struct script_vm *vm)
{
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    if (!vm->clock_begun) {
        vm->clock_begun = true;
        vm->cpu_begun_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        vm->wall_limit_ns = now + vm->budget.stretch_ns;
        return false;
    }
    if (now < vm->wall_limit_ns)
        return false;
    int64_t left = vm->budget.stretch_ns - (clock_ns(CLOCK_THREAD_CPUTIME_ID) - vm->cpu_begun_ns);
    vm->wall_limit_ns = now + left;
    return left <= 0;
}

static void look(struct script_vm *vm)
{
    vm->grain = GRAIN;
    if (!vm->thread)
        return;
    if (vm->thread->steps_left < 0)
        mark_killed(vm, SCRIPT_FAULT_STEPS);
    else if (is_late(vm))
        mark_killed(vm, SCRIPT_FAULT_TIME);
}

static void on_count(lua_State *lua, lua_Debug *debug)
{
    struct script_vm *vm = script_vm_of(lua);
    (void)debug;
    if (vm->thread)
        vm->thread->steps_left -= vm->interval;
    if (vm->killed == SCRIPT_FAULT_NONE)
        look(vm);
    if (vm->killed == SCRIPT_FAULT_NONE)
        return;
    if (lua_isyieldable(lua))
        lua_yield(lua, 0);
    else
        luaL_error(lua, "the script %s", script_fault_text(vm->killed));
}

_Noreturn void budget_kill(lua_State *lua, enum script_fault why)
{
    struct script_vm *vm = script_vm_of(lua);
    mark_killed(vm, why);
    if (lua_isyieldable(lua))
        lua_yield(lua, 0);
    luaL_error(lua, "the script %s", script_fault_text(vm->killed));
    abort(); /* both have left by longjmp */
}

void budget_look(lua_State *lua)
{
    struct script_vm *vm = script_vm_of(lua);
    if (vm->thread)
        vm->thread->steps_left -= GRAIN - vm->grain;
    look(vm);
    if (vm->killed != SCRIPT_FAULT_NONE)
        budget_kill(lua, vm->killed);
}

void budget_charge(lua_State *lua, size_t steps)
{
    struct script_vm *vm = script_vm_of(lua);
    if (steps < (size_t)vm->grain) {
        vm->grain -= (int)steps;
        return;
    }
    if (vm->thread)
        vm->thread->steps_left -= (int64_t)steps;
    budget_look(lua);
}

/* ---- memory ---- */

struct big_string {
    UT_hash_handle hh;
    void *block;
    bool huge;
};

static void pace(struct script_vm *vm)
{
    int interval = vm->huge_strings ? INTERVAL_HUGE : vm->big_strings ? INTERVAL_BIG : INTERVAL;
    if (interval != vm->interval && vm->killed == SCRIPT_FAULT_NONE)
        set_interval(vm, interval);
}

static void note_big(struct script_vm *vm, void *block, size_t size)
{
    struct big_string *big = malloc(sizeof *big);
    if (!big)
        abort(); /* must hold: without it a script could stall a worker */
    *big = (struct big_string){ .block = block, .huge = size > STRING_HUGE };
    HASH_ADD_PTR(vm->big_strings, block, big);
    vm->huge_strings += big->huge;
    pace(vm);
}

static void forget_big(struct script_vm *vm, void *block)
{
    struct big_string *big;
    HASH_FIND_PTR(vm->big_strings, &block, big);
    if (!big)
        return;
    vm->huge_strings -= big->huge;
    HASH_DEL(vm->big_strings, big);
    free(big);
    pace(vm);
}

/*
 * A block that is over a bound is given all the same and the script ends at its next instruction: a refusal would make Lua
 * collect all of its garbage at once first, which takes longer than a worker may be held up.
 */
static void judge_memory(struct script_vm *vm, size_t size, bool string)
{
    bool over = size > BLOCK_MAX || (string && size > SCRIPT_STRING_MAX + 64) || vm->memory > vm->budget.memory ||
                vm->memory > vm->memory_begun + vm->budget.call_memory;
    if (!vm->running || !over || vm->killed != SCRIPT_FAULT_NONE)
        return;
    mark_killed(vm, SCRIPT_FAULT_MEMORY);
    set_interval(vm, INTERVAL_HUGE);
}

static void *allocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    struct script_vm *vm = arg;
    bool string = !ptr && old_size == LUA_TSTRING;
    if (!ptr)
        old_size = 0; /* it tells what the memory is for */
    if (new_size == 0) {
        if (old_size > STRING_BIG)
            forget_big(vm, ptr);
        vm->memory -= old_size;
        free(ptr);
        return NULL;
    }
    if (new_size > BLOCK_NEVER && new_size > old_size)
        return NULL;
    void *moved = realloc(ptr, new_size);
    if (!moved)
        return NULL;
    vm->memory += new_size - old_size;
    if (new_size > old_size)
        judge_memory(vm, new_size, string);
    if (string && new_size > STRING_BIG)
        note_big(vm, moved, new_size);
    return moved;
}

void script_memory_take(lua_State *lua, size_t bytes)
{
    struct script_vm *vm = script_vm_of(lua);
    vm->memory += bytes;
    judge_memory(vm, 0, false);
    lua_gc(lua, LUA_GCSTEP, (int)(bytes / 1024 + 1));
}

void script_memory_give(lua_State *lua, size_t bytes)
{
    script_vm_of(lua)->memory -= bytes;
}

/* ---- the state ---- */

struct script_vm *script_vm_new(const struct script_budget *budget, void *owner)
{
    struct script_vm *vm = calloc(1, sizeof *vm);
    if (!vm)
        return NULL;
    vm->budget = *budget;
    vm->owner = owner;
    vm->interval = INTERVAL;
    vm->grain = GRAIN;
    vm->idle.ref = LUA_NOREF;
    vm->lua = lua_newstate(allocate, vm);
    if (!vm->lua) {
        free(vm);
        return NULL;
    }
    *(struct script_vm **)lua_getextraspace(vm->lua) = vm;
    return vm;
}

void script_vm_free(struct script_vm *vm)
{
    if (!vm)
        return;
    lua_close(vm->lua);
    free(vm->scratch);
    free(vm);
}

/* ---- coroutines ---- */

static int new_thread(lua_State *lua)
{
    struct script_thread *thread = lua_touserdata(lua, 1);
    thread->lua = lua_newthread(lua);
    thread->ref = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

bool script_thread_begin(struct script_vm *vm, struct script_thread *thread)
{
    if (vm->idle.ref != LUA_NOREF) {
        *thread = vm->idle;
        vm->idle.ref = LUA_NOREF;
        lua_settop(thread->lua, 0);
    } else {
        lua_pushcfunction(vm->lua, new_thread);
        lua_pushlightuserdata(vm->lua, thread);
        if (lua_pcall(vm->lua, 1, 0, 0) != LUA_OK) {
            lua_pop(vm->lua, 1);
            return false;
        }
    }
    thread->steps_left = vm->budget.steps;
    return true;
}

void script_thread_end(struct script_vm *vm, struct script_thread *thread, bool well)
{
    if (well && vm->idle.ref == LUA_NOREF)
        vm->idle = *thread;
    else
        luaL_unref(vm->lua, LUA_REGISTRYINDEX, thread->ref);
    thread->ref = LUA_NOREF;
    thread->lua = NULL;
}

enum script_outcome script_vm_resume(struct script_vm *vm, struct script_thread *thread, int args)
{
    int results;
    vm->thread = thread;
    vm->running = thread->lua;
    vm->killed = SCRIPT_FAULT_NONE;
    vm->waiting = false;
    vm->clock_begun = false;
    vm->memory_begun = vm->memory;
    vm->grain = GRAIN;
    vm->interval = 0;
    pace(vm);
    int status = lua_resume(thread->lua, vm->lua, args, &results);
    thread->steps_left -= GRAIN - vm->grain;
    vm->running = NULL;
    vm->thread = NULL;
    if (vm->memory > vm->budget.memory / 4 * 3)
        lua_gc(vm->lua, LUA_GCSTEP, 64);
    if (vm->killed != SCRIPT_FAULT_NONE)
        return SCRIPT_FAULTY;
    if (status == LUA_YIELD && vm->waiting)
        return SCRIPT_WAITS;
    if (status == LUA_OK)
        return SCRIPT_DONE;
    vm->killed = status == LUA_ERRMEM ? SCRIPT_FAULT_MEMORY : SCRIPT_FAULT_ERROR;
    return SCRIPT_FAULTY;
}

int script_vm_resume_inner(lua_State *from, lua_State *inner, int args, int *results)
{
    struct script_vm *vm = script_vm_of(from);
    vm->running = inner;
    lua_sethook(inner, on_count, LUA_MASKCOUNT, vm->interval);
    int status = lua_resume(inner, from, args, results);
    vm->running = from;
    lua_sethook(from, on_count, LUA_MASKCOUNT, vm->killed == SCRIPT_FAULT_NONE ? vm->interval : INTERVAL_HUGE);
    return status;
}
