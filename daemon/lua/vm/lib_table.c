#include "lua/vm/binding.h"

#include <lauxlib.h>

/*
 * Lua's table functions, but raw: they call no metamethods, which could not be stopped, and they count what they do. sort is
 * written in Lua (prelude.lua) for the same reason.
 */

void table_check_writable(lua_State *lua, int index)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    if (luaL_getmetafield(lua, index, "__metatable") != LUA_TNIL)
        luaL_error(lua, "this table is read-only");
}

static lua_Integer length(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(lua, 1);
}

static int table_insert(lua_State *lua)
{
    lua_Integer last = length(lua) + 1, at = last;
    table_check_writable(lua, 1);
    int args = lua_gettop(lua);
    if (args != 2 && args != 3)
        return luaL_error(lua, "wrong number of arguments to 'insert'");
    if (args == 3) {
        at = luaL_checkinteger(lua, 2);
        luaL_argcheck(lua, at >= 1 && at <= last, 2, "position out of bounds");
    }
    budget_charge(lua, (size_t)(last - at) / 4 + 1);
    for (lua_Integer i = last; i > at; i--) {
        lua_rawgeti(lua, 1, i - 1);
        lua_rawseti(lua, 1, i);
    }
    lua_rawseti(lua, 1, at);
    return 0;
}

static int table_remove(lua_State *lua)
{
    lua_Integer last = length(lua), at = luaL_optinteger(lua, 2, last);
    table_check_writable(lua, 1);
    if (lua_gettop(lua) > 1 && last + 1 != at)
        luaL_argcheck(lua, (last == 0 && at == 0) || (at >= 1 && at <= last + 1), 2, "position out of bounds");
    budget_charge(lua, last > at ? (size_t)(last - at) / 4 + 1 : 1);
    lua_rawgeti(lua, 1, at);
    for (; at < last; at++) {
        lua_rawgeti(lua, 1, at + 1);
        lua_rawseti(lua, 1, at);
    }
    lua_pushnil(lua);
    lua_rawseti(lua, 1, at);
    return 1;
}

static int table_concat(lua_State *lua)
{
    lua_Integer last = length(lua);
    size_t between_len, len;
    const char *between = luaL_optlstring(lua, 2, "", &between_len);
    lua_Integer i = luaL_optinteger(lua, 3, 1);
    last = luaL_optinteger(lua, 4, last);
    luaL_Buffer buffer;
    luaL_buffinit(lua, &buffer);
    for (; i <= last; i++) {
        int type = lua_rawgeti(lua, 1, i);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return luaL_error(lua, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)i);
        lua_tolstring(lua, -1, &len);
        budget_charge(lua, (len + between_len) / 16 + 2);
        luaL_addvalue(&buffer);
        if (luaL_bufflen(&buffer) + between_len > SCRIPT_STRING_MAX)
            return luaL_error(lua, "resulting string too large");
        if (i == last)
            break; /* before it overflows */
        luaL_addlstring(&buffer, between, between_len);
    }
    luaL_pushresult(&buffer);
    return 1;
}

enum { UNPACK_MAX = 5000 };

static int table_unpack(lua_State *lua)
{
    lua_Integer from = luaL_optinteger(lua, 2, 1), to = luaL_opt(lua, luaL_checkinteger, 3, length(lua));
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (from > to)
        return 0;
    if ((lua_Unsigned)to - (lua_Unsigned)from >= UNPACK_MAX || !lua_checkstack(lua, (int)(to - from) + 1))
        return luaL_error(lua, "too many results to unpack");
    budget_charge(lua, (size_t)(to - from) / 4 + 1);
    for (lua_Integer i = from; i < to; i++)
        lua_rawgeti(lua, 1, i);
    lua_rawgeti(lua, 1, to);
    return (int)(to - from) + 1;
}

static int table_pack(lua_State *lua)
{
    int n = lua_gettop(lua);
    lua_createtable(lua, n, 1);
    lua_insert(lua, 1);
    budget_charge(lua, (size_t)n / 4 + 1);
    for (int i = n; i >= 1; i--)
        lua_rawseti(lua, 1, i);
    lua_pushinteger(lua, n);
    lua_setfield(lua, 1, "n");
    return 1;
}

static int table_move(lua_State *lua)
{
    lua_Integer from = luaL_checkinteger(lua, 2), to = luaL_checkinteger(lua, 3), at = luaL_checkinteger(lua, 4);
    int target = lua_isnoneornil(lua, 5) ? 1 : 5;
    luaL_checktype(lua, 1, LUA_TTABLE);
    table_check_writable(lua, target);
    lua_settop(lua, 5);
    if (to >= from) {
        lua_Unsigned n = (lua_Unsigned)to - (lua_Unsigned)from + 1;
        luaL_argcheck(lua, from > 0 || to < LUA_MAXINTEGER + from, 3, "too many elements to move");
        luaL_argcheck(lua, at <= LUA_MAXINTEGER - (lua_Integer)n + 1, 4, "destination wrap around");
        bool upwards = at > to || at <= from || target != 1;
        for (lua_Unsigned i = 0; i < n; i++) {
            lua_Integer step = (lua_Integer)(upwards ? i : n - 1 - i);
            budget_step(lua, script_vm_of(lua));
            lua_rawgeti(lua, 1, from + step);
            lua_rawseti(lua, target, at + step);
        }
    }
    lua_pushvalue(lua, target);
    return 1;
}

static const struct script_function functions[] = {
    { "concat", "list [, between [, from [, to]]]", "string", "The list's strings and numbers in a row.",
      "no table; an entry that is neither string nor number", table_concat },
    { "insert", "list, [at,] value", "", "Puts a value into the list, at its end if not told.",
      "no table, or one that is read-only; a place outside of the list", table_insert },
    { "move", "list, from, to, at [, target]", "table", "Copies a part of a list.", "an argument of another type",
      table_move },
    { "pack", "...", "table", "The values as a list, with their number as n.", "", table_pack },
    { "remove", "list [, at]", "value", "Takes a value out, the last if not told.", "an argument of another type",
      table_remove },
    { "sort", "list [, less]", "", "Sorts the list in place; the order of equal values is kept.",
      "no table, or one that is read-only; entries that cannot be compared", NULL },
    { "unpack", "list [, from [, to]]", "value ...", "The list's values, at most 5,000.",
      "no table; more than 5,000 values", table_unpack },
};

SCRIPT_CLASS(lib_table, "table", "Lua's tables, but that the functions pay no heed to metamethods.", functions);
