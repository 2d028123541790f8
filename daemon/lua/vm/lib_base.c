#include "lua/vm/binding.h"
#include "lua/run/state.h"

#include <lauxlib.h>

/* What scripts have as globals besides the classes: Lua's own where that is harmless, else ours. */

int script_stock(lua_State *lua)
{
    return luaL_error(lua, "this function of Lua is not there"); /* it stands for Lua's own; sandbox.c takes that */
}

static int finish_pcall(lua_State *lua, int status, lua_KContext context)
{
    struct script_vm *vm = script_vm_of(lua);
    (void)context;
    if (vm->killed != SCRIPT_FAULT_NONE)
        budget_kill(lua, vm->killed);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pushboolean(lua, 0);
        lua_pushvalue(lua, -2);
        return 2;
    }
    return lua_gettop(lua);
}

static int base_pcall(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    int status = lua_pcallk(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(lua, status, 0);
}

/* No __gc: finalizers run when nobody watches. */
static int base_setmetatable(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    int type = lua_type(lua, 2);
    luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
        return luaL_error(lua, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        lua_pushliteral(lua, "__gc");
        if (lua_rawget(lua, 2) != LUA_TNIL)
            return luaL_error(lua, "a metatable of a script has no __gc");
    }
    lua_settop(lua, 2);
    lua_setmetatable(lua, 1);
    return 1;
}

static int base_rawset(lua_State *lua)
{
    table_check_writable(lua, 1);
    luaL_checkany(lua, 2);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    lua_rawset(lua, 1);
    return 1;
}

static int base_tonumber(lua_State *lua)
{
    size_t len = 0;
    if (lua_type(lua, 1) == LUA_TSTRING)
        lua_tolstring(lua, 1, &len);
    budget_charge(lua, len / 8 + 1);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* For prelude.lua: a field of the metatable, even of a protected one. */
static int base_metafield(lua_State *lua)
{
    return luaL_getmetafield(lua, 1, luaL_checkstring(lua, 2)) == LUA_TNIL ? 0 : 1;
}

static const struct script_function functions[] = {
    { "assert", "value [, message]", "value ...", "Raises the message unless the value is true.",
      "the message, if the value is nil or false", script_stock },
    { "error", "message [, level]", "", "Raises an error: the hook's on_error decides what becomes of the message.",
      "always: the message", script_stock },
    { "getmetatable", "value", "table", "The metatable, or what its __metatable says.", "no value", script_stock },
    { "ipairs", "list", "function ...", "For a loop over a list: place, value.", "nil", NULL },
    { "next", "table [, key]", "key, value", "The entry after this key.", "no table; a key that is not in it",
      script_stock },
    { "pairs", "table", "function ...", "For a loop over a table: key, value.", "an argument of another type",
      script_stock },
    { "pcall", "function, ...", "true, results ... or false, error",
      "Calls the function and catches errors, but not the end of the budget.", "no function", base_pcall },
    { "rawequal", "a, b", "boolean", "Equal without metamethods.", "no values", script_stock },
    { "rawget", "table, key", "value", "Without metamethods.", "an argument of another type", script_stock },
    { "rawlen", "value", "number", "Without metamethods.", "an argument of another type", script_stock },
    { "rawset", "table, key, value", "table", "Without metamethods; not in read-only tables.",
      "no table, or one that is read-only; a key that is nil or not a number", base_rawset },
    { "require", "name", "value",
      "A module of the script's own folder or of scripts/lib; while the script is loaded only.",
      "no such module, or it fails; not while the script is loaded", script_require },
    { "select", "n or \"#\", ...", "values ...", "The arguments from the n-th on, or their number.",
      "n is 0 or beyond -#, or no number", script_stock },
    { "setmetatable", "table, metatable", "table", "Without __gc.",
      "no table, one with a protected metatable, or a metatable with __gc", base_setmetatable },
    { "tonumber", "value [, base]", "number or nil", "The number that a text says.",
      "no value; a base that is not 2 to 36", base_tonumber },
    { "tostring", "value", "string", "The value as a text.", "", NULL },
    { "type", "value", "string", "The name of its type.", "no value", script_stock },
    { "xpcall", "function, handler, ...", "true, results ... or false, result of the handler",
      "Like pcall; the handler gets the error once the function has ended.", "no handler", NULL },
    { "metafield", NULL, NULL, NULL, NULL, base_metafield },
};

SCRIPT_CLASS(
    lib_base, "",
    "Of Lua's base functions those that are harmless. Not there: collectgarbage, dofile, load, loadfile, io, os, "
    "package, debug. Arithmetic on strings (\"1\" + 1) is an error.",
    functions);

static const struct script_function math_functions[] = {
#define MATH(name, arguments, help)                                                                                    \
    {                                                                                                                  \
        name, arguments, "number", help, "an argument that is no number", script_stock                                 \
    }
    MATH("abs", "x", "Without its sign."),
    MATH("ceil", "x", "The next whole number up."),
    MATH("cos", "x", "Of an angle in radians."),
    MATH("exp", "x", "e to the power of x."),
    MATH("floor", "x", "The next whole number down."),
    MATH("fmod", "x, y", "The rest of a division towards zero."),
    MATH("log", "x [, base]", "The logarithm, to base e if not told."),
    MATH("max", "x, ...", "The greatest."),
    MATH("min", "x, ...", "The least."),
    MATH("modf", "x", "The whole part, and the fraction."),
    MATH("random", "[from,] to", "A random number; of scripts, not for secrets."),
    MATH("sin", "x", "Of an angle in radians."),
    MATH("sqrt", "x", "The square root."),
    MATH("tointeger", "x", "As an integer; nil if it is none."),
    MATH("type", "x", "\"integer\", \"float\" or nil."),
    MATH("ult", "a, b", "Is it less, both without sign?"),
    MATH("huge", NULL, "Infinity."),
    MATH("maxinteger", NULL, "The greatest integer."),
    MATH("mininteger", NULL, "The least integer."),
    MATH("pi", NULL, "The number."),
#undef MATH
};

SCRIPT_CLASS(lib_math, "math", "Lua's math library.", math_functions);
