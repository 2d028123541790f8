/* A sandbox of a test's own, and what its scripts do there. */
#ifndef TESTS_UNIT_LUA_SANDBOX_H
#define TESTS_UNIT_LUA_SANDBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lua/vm/sandbox.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct script_budget test_budget = {
    .steps = 500000, .stretch_ns = 10000000, .call_memory = 4 << 20, .memory = 32 << 20
};

static inline struct script_vm *sandbox_new(void)
{
    struct script_vm *vm = script_vm_new(&test_budget, NULL);
    assert_non_null(vm);
    assert_true(sandbox_open(vm));
    return vm;
}

/* Compiles a text with globals of its own and leaves its function on the state's main thread. */
static inline void sandbox_compile(struct script_vm *vm, const char *text)
{
    if (luaL_loadbufferx(vm->lua, text, strlen(text), "=test", "t") != LUA_OK)
        fail_msg("%s", lua_tostring(vm->lua, -1));
    sandbox_push_globals(vm->lua);
    if (!lua_setupvalue(vm->lua, -2, 1))
        lua_pop(vm->lua, 1);
}

/* Runs it; what it returned is on thread->lua. */
static inline enum script_outcome sandbox_run(struct script_vm *vm, struct script_thread *thread, const char *text)
{
    assert_true(script_thread_begin(vm, thread));
    sandbox_compile(vm, text);
    lua_xmove(vm->lua, thread->lua, 1);
    return script_vm_resume(vm, thread, 0);
}

static inline int64_t cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#endif
