#include "lua/vm/binding.h"

#include <lauxlib.h>

/*
 * Lua's coroutines. A binding that waits suspends the whole thread, through all coroutines that are in each other, and so
 * does the end of the budget: resume hands on what is no yield of the script's own. There is no close: it would run __close
 * where it could not be stopped.
 */

static lua_State *coroutine_at(lua_State *lua, int index)
{
    lua_State *inner = lua_tothread(lua, index);
    luaL_argexpected(lua, inner, index, "coroutine");
    return inner;
}

static int handed_on(lua_State *lua, int status, lua_KContext wrapped);

/* The stack: the coroutine, then what it is given. */
static int resume(lua_State *lua, bool wrapped)
{
    struct script_vm *vm = script_vm_of(lua);
    lua_State *inner = coroutine_at(lua, 1);
    int args = lua_gettop(lua) - 1, results = 0;
    budget_charge(lua, (size_t)vm->interval); /* each coroutine counts its instructions from 0 */
    budget_look(lua);
    if (!lua_checkstack(inner, args))
        return luaL_error(lua, "too many arguments to resume");
    lua_xmove(lua, inner, args);
    int status = script_vm_resume_inner(lua, inner, args, &results);
    if (vm->killed != SCRIPT_FAULT_NONE)
        budget_kill(lua, vm->killed);
    if (status == LUA_YIELD && vm->waiting) {
        lua_settop(lua, 1);
        return lua_yieldk(lua, 0, wrapped, handed_on);
    }
    bool well = status == LUA_OK || status == LUA_YIELD;
    if (!well)
        results = 1;
    if (!lua_checkstack(lua, results + 1))
        return luaL_error(lua, "too many results to resume");
    if (!wrapped)
        lua_pushboolean(lua, well);
    lua_xmove(inner, lua, results);
    if (!well && wrapped)
        return lua_error(lua);
    return results + !wrapped;
}

static int handed_on(lua_State *lua, int status, lua_KContext wrapped)
{
    (void)status;
    return resume(lua, wrapped != 0);
}

static int coroutine_resume(lua_State *lua)
{
    return resume(lua, false);
}

static int wrapped_call(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    return resume(lua, true);
}

static int coroutine_create(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    budget_charge(lua, 20);
    lua_State *inner = lua_newthread(lua);
    lua_pushvalue(lua, 1);
    lua_xmove(lua, inner, 1);
    return 1;
}

static int coroutine_wrap(lua_State *lua)
{
    coroutine_create(lua);
    lua_pushcclosure(lua, wrapped_call, 1);
    return 1;
}

static bool is_outermost(lua_State *lua)
{
    const struct script_vm *vm = script_vm_of(lua);
    return !vm->thread || vm->thread->lua == lua;
}

static int coroutine_yield(lua_State *lua)
{
    if (is_outermost(lua))
        return luaL_error(lua, "attempt to yield from outside a coroutine");
    return lua_yield(lua, lua_gettop(lua));
}

static int coroutine_status(lua_State *lua)
{
    lua_State *inner = coroutine_at(lua, 1);
    lua_Debug frame;
    const char *status = "dead";
    if (inner == lua)
        status = "running";
    else if (lua_status(inner) == LUA_YIELD)
        status = "suspended";
    else if (lua_status(inner) == LUA_OK && lua_getstack(inner, 0, &frame))
        status = "normal";
    else if (lua_status(inner) == LUA_OK && lua_gettop(inner) > 0)
        status = "suspended";
    lua_pushstring(lua, status);
    return 1;
}

static int coroutine_running(lua_State *lua)
{
    lua_pushthread(lua);
    lua_pushboolean(lua, is_outermost(lua));
    return 2;
}

static int coroutine_isyieldable(lua_State *lua)
{
    lua_pushboolean(lua, !is_outermost(lua));
    return 1;
}

static const struct script_function functions[] = {
    { "create", "function", "coroutine", "A coroutine that will run the function.", "an argument of another type",
      coroutine_create },
    { "isyieldable", "", "boolean", "May the running coroutine yield?", "", coroutine_isyieldable },
    { "resume", "coroutine, ...", "true, results ... or false, error", "Lets it go on until it yields or ends.",
      "an argument of another type", coroutine_resume },
    { "running", "", "coroutine, boolean", "The running coroutine; true: it is the hook itself.", "",
      coroutine_running },
    { "status", "coroutine", "string", "\"running\", \"suspended\", \"normal\" or \"dead\".",
      "an argument of another type", coroutine_status },
    { "wrap", "function", "function", "A function that resumes it each time; errors go through.",
      "an argument of another type", coroutine_wrap },
    { "yield", "...", "values ...", "Gives these to who resumed it, and waits for the next resume.",
      "outside of a coroutine", coroutine_yield },
};

SCRIPT_CLASS(lib_coroutine, "coroutine",
             "Lua's coroutines; functions that wait (sleep, kv, http) may be called in them. Not there: close.",
             functions);
