#include "config/nearest.h"
#include "config/vm_private.h"

#include <lauxlib.h>
#include <string.h>

/*
 * The globals of a file are an empty table. Writing to it notes the line and sets the value in another table, so that a
 * second assignment of the same name is seen too; reading looks there, then for a function, then makes the table of a
 * declared record.
 */

#define MADE_MARK "carillon.made" /* in the metatable of tables that were made by reading them */

static void push_made(lua_State *lua, const struct carillon_option *option, bool entry);

static const struct carillon_option *find_option(const struct carillon_option *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static bool has_names(const struct carillon_option *option)
{
    return option->type == CARILLON_OPTION_RECORD || option->type == CARILLON_OPTION_MAP;
}

/* lines[table][key] = the line that runs. key is on top of the stack, and stays. */
static void note_line(lua_State *lua, int table)
{
    lua_Debug debug;
    if (!lua_getstack(lua, 1, &debug) || !lua_getinfo(lua, "l", &debug) || debug.currentline <= 0)
        return;
    lua_getfield(lua, LUA_REGISTRYINDEX, VM_LINES);
    lua_pushvalue(lua, table);
    if (lua_rawget(lua, -2) != LUA_TTABLE) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, table);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, -4);
    }
    lua_pushvalue(lua, -3);
    lua_pushinteger(lua, debug.currentline);
    lua_rawset(lua, -3);
    lua_pop(lua, 2);
}

/* Upvalue 1: the table into which it is set; nil: the one that is written to. */
static int on_write(lua_State *lua)
{
    int target = 1;
    if (!lua_isnil(lua, lua_upvalueindex(1))) {
        lua_pushvalue(lua, lua_upvalueindex(1));
        target = lua_gettop(lua);
    }
    lua_pushvalue(lua, 2);
    note_line(lua, target);
    lua_pushvalue(lua, 3);
    lua_rawset(lua, target);
    return 0;
}

/* The field of a made table: the tables below it are made the same way. Upvalues: option or NULL, is it an entry of a map. */
static int on_read_made(lua_State *lua)
{
    const struct carillon_option *option = lua_touserdata(lua, lua_upvalueindex(1)), *field = NULL;
    bool entry = false;
    if (lua_type(lua, 2) != LUA_TSTRING)
        return 0;
    if (option && option->type == CARILLON_OPTION_MAP && !lua_toboolean(lua, lua_upvalueindex(2))) {
        field = option;
        entry = true;
    } else if (option) {
        field = find_option(option->fields, option->field_count, lua_tostring(lua, 2));
        if (!field || !has_names(field))
            return 0;
    }
    push_made(lua, field, entry);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 1);
    return 1;
}

/* option NULL: of anything, where undeclared names are let pass. */
static void push_made(lua_State *lua, const struct carillon_option *option, bool entry)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 3);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)option);
    lua_pushboolean(lua, entry);
    lua_pushcclosure(lua, on_read_made, 2);
    lua_setfield(lua, -2, "__index");
    lua_pushnil(lua);
    lua_pushcclosure(lua, on_write, 1);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, MADE_MARK);
    lua_setmetatable(lua, -2);
}

bool environment_made(lua_State *lua, int index)
{
    index = lua_absindex(lua, index);
    if (luaL_getmetafield(lua, index, MADE_MARK) == LUA_TNIL)
        return false;
    lua_pop(lua, 1);
    lua_pushnil(lua);
    if (!lua_next(lua, index))
        return true;
    lua_pop(lua, 2);
    return false;
}

static int refuse_unknown(lua_State *lua, const struct vm *vm, const char *name)
{
    struct nearest nearest = { .wanted = name };
    for (size_t i = 0; i < vm->options.count; i++)
        nearest_offer(&nearest, vm->options.options[i].name, strlen(vm->options.options[i].name));
    lua_getfield(lua, LUA_REGISTRYINDEX, VM_LIBRARY);
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1)) {
        size_t len;
        const char *offered = lua_tolstring(lua, -2, &len);
        nearest_offer(&nearest, offered, len);
    }
    if (nearest.best)
        return luaL_error(lua, "nothing is named '%s' (did you mean '%s'?)", name, nearest.best);
    return luaL_error(lua, "nothing is named '%s'", name);
}

/* Upvalue 1: the table of what is set. */
static int on_read_global(lua_State *lua)
{
    const struct vm *vm = *(struct vm **)lua_getextraspace(lua);
    lua_settop(lua, 2);
    lua_pushvalue(lua, 2);
    if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    lua_getfield(lua, LUA_REGISTRYINDEX, VM_LIBRARY);
    lua_pushvalue(lua, 2);
    if (lua_rawget(lua, -2) != LUA_TNIL || lua_type(lua, 2) != LUA_TSTRING)
        return 1;
    const char *name = lua_tostring(lua, 2);
    const struct carillon_option *option = find_option(vm->options.options, vm->options.count, name);
    if (!option && !vm->options.lenient)
        return refuse_unknown(lua, vm, name);
    if (option && !has_names(option))
        return 0;
    push_made(lua, option, false);
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, lua_upvalueindex(1));
    return 1;
}

void environment_push(lua_State *lua)
{
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, VM_LINES);
    lua_newtable(lua); /* globals */
    lua_newtable(lua); /* what is set */
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, on_read_global, 1);
    lua_setfield(lua, -2, "__index");
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, on_write, 1);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -3);
}
