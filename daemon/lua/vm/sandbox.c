#include "lua/vm/sandbox.h"
#include "lua/vm/binding.h"
#include "lua/api/message.h"
#include "lua/vm/prelude.h"
#include "lua/trial/trial.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#define SHARED "carillon.shared"

static const struct script_class *const all_classes[] = {
#define SCRIPT_X(name) &(name),
    SCRIPT_CLASSES(SCRIPT_X)
#undef SCRIPT_X
};
const struct script_class *const *const script_classes = all_classes;
const size_t script_class_count = sizeof all_classes / sizeof *all_classes;

static int refuse_write(lua_State *lua)
{
    return luaL_error(lua, "this table is read-only");
}

void sandbox_lock(lua_State *lua)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 3);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

void object_class_open(lua_State *lua, const char *name, const luaL_Reg *events, const luaL_Reg *methods)
{
    luaL_newmetatable(lua, name);
    luaL_setfuncs(lua, events, 0);
    lua_newtable(lua);
    luaL_setfuncs(lua, methods, 0);
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

/* Pushes what Lua's own library has under this name, or nil. */
static void push_stock(lua_State *lua, const char *library, const char *name)
{
    lua_pushglobaltable(lua);
    if (*library)
        lua_getfield(lua, -1, library);
    else
        lua_pushvalue(lua, -1);
    if (lua_istable(lua, -1))
        lua_getfield(lua, -1, name);
    else
        lua_pushnil(lua);
    lua_replace(lua, -3);
    lua_pop(lua, 1);
}

/* Puts the class's functions into the table on top of the stack. */
static void fill_class(lua_State *lua, const struct script_class *class)
{
    for (size_t i = 0; i < class->count; i++) {
        const struct script_function *function = &class->functions[i];
        push_stock(lua, class->name, function->name);
        if (function->run && function->run != script_stock)
            lua_pushcclosure(lua, function->run,
                             1); /* Lua's own is its upvalue, for those that count and then call it */
        lua_setfield(lua, -2, function->name);
    }
}

static void open_stock(lua_State *lua)
{
    static const luaL_Reg libraries[] = {
        { LUA_STRLIBNAME, luaopen_string },
        { LUA_TABLIBNAME, luaopen_table },
        { LUA_UTF8LIBNAME, luaopen_utf8 },
        { LUA_MATHLIBNAME, luaopen_math },
    };
    lua_pushcfunction(lua, luaopen_base);
    lua_call(lua, 0, 0);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_pushcfunction(lua, libraries[i].func);
        lua_call(lua, 0, 1);
        lua_setglobal(lua, libraries[i].name);
    }
}

struct chunk {
    char *bytes;
    size_t len;
};

static int add_bytes(lua_State *lua, const void *bytes, size_t len, void *arg)
{
    struct chunk *chunk = arg;
    (void)lua;
    char *grown = realloc(chunk->bytes, chunk->len + len);
    if (!grown)
        return 1;
    chunk->bytes = grown;
    memcpy(grown + chunk->len, bytes, len);
    chunk->len += len;
    return 0;
}

void sandbox_load_own(lua_State *lua, const unsigned char *text, size_t len, const char *name)
{
    struct chunk chunk = { 0 };
    const char *source = lua_pushfstring(lua, "=%s", name);
    if (luaL_loadbufferx(lua, (const char *)text, len, source, "t") != LUA_OK)
        lua_error(lua);
    bool dumped = lua_dump(lua, add_bytes, &chunk, 1) == 0;
    lua_pop(lua, 1);
    bool loaded = dumped && luaL_loadbufferx(lua, chunk.bytes, chunk.len, source, "b") == LUA_OK;
    free(chunk.bytes);
    if (!loaded)
        luaL_error(lua, "the %s cannot be loaded", name);
    lua_remove(lua, -2);
}

/* The stack: the shared globals. Leaves the tables of the libraries in it, still open. */
static void run_prelude(lua_State *lua)
{
    sandbox_load_own(lua, prelude_lua, prelude_lua_len, "prelude");
    lua_pushvalue(lua, 1);
    lua_getfield(lua, 1, "string");
    lua_getfield(lua, 1, "table");
    lua_call(lua, 3, 0);
}

/* ("x"):find("y") goes through the metatable of strings. */
static void open_strings(lua_State *lua)
{
    lua_pushliteral(lua, "");
    lua_createtable(lua, 0, 2);
    lua_getfield(lua, 1, "string");
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

static void forget_stock(lua_State *lua)
{
    lua_newtable(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

static bool is_table(const struct script_class *class)
{
    return *class->name && !class->object;
}

static int fill(lua_State *lua)
{
    open_stock(lua);
    message_open(lua);
    verdict_open(lua);
    set_open(lua);
    re_open(lua);
    json_open(lua);
    metric_open(lua);
    lua_newtable(lua); /* 1: the shared globals */
    for (size_t i = 0; i < script_class_count; i++) {
        if (is_table(all_classes[i])) {
            lua_newtable(lua);
            fill_class(lua, all_classes[i]);
            lua_setfield(lua, 1, all_classes[i]->name);
        } else if (!all_classes[i]->object) {
            fill_class(lua, all_classes[i]);
        }
    }
    run_prelude(lua);
    if (script_trial_of(lua))
        trial_fake(lua);
    open_strings(lua);
    for (size_t i = 0; i < script_class_count; i++)
        if (is_table(all_classes[i])) {
            lua_getfield(lua, 1, all_classes[i]->name);
            sandbox_lock(lua);
            lua_setfield(lua, 1, all_classes[i]->name);
        }
    lua_setfield(lua, LUA_REGISTRYINDEX, SHARED);
    forget_stock(lua);
    return 0;
}

bool sandbox_open(struct script_vm *vm)
{
    lua_pushcfunction(vm->lua, fill);
    return lua_pcall(vm->lua, 0, 0, 0) == LUA_OK;
}

void sandbox_push_globals(lua_State *lua)
{
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "_G");
    lua_createtable(lua, 0, 2);
    lua_getfield(lua, LUA_REGISTRYINDEX, SHARED);
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
}
