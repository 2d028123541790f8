#include "lua/set/settings.h"
#include "lua/vm/binding.h"
#include "lua/set/load.h"
#include "lua/vm/sandbox.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "carillon.settings"

void settings_take(lua_State *lua)
{
    lua_setfield(lua, LUA_REGISTRYINDEX, SETTINGS);
}

/* What the file assigns to globals is the settings: its table of globals is kept. */
bool settings_load(struct script_state *state, char *error)
{
    const char *path = state->set->options.settings;
    lua_State *lua = state->vm->lua;
    char *full = NULL;
    struct script_source source = { 0 };
    if (!path || !*path)
        return true;
    if ((*path == '/' ? asprintf(&full, "%s", path) : asprintf(&full, "%s/%s", state->set->options.directory, path)) <
        0)
        abort();
    source.path = source.name = full;
    source.folder = state->set->lib;
    source.text = script_file_read(full, &source.len, error);
    bool good = source.text != NULL;
    if (good) {
        sandbox_push_globals(lua);
        lua_pushvalue(lua, -1);
        int globals = luaL_ref(lua, LUA_REGISTRYINDEX);
        settings_take(lua);
        good = script_run(state, &source, globals, error);
        luaL_unref(lua, LUA_REGISTRYINDEX, globals);
    }
    free(source.text);
    free(full);
    return good;
}

/* The stack: name, defaults, the result, what was set; the key and value of the latter on top. Takes one setting. */
static void take_setting(lua_State *lua, const char *name)
{
    const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "[...]";
    lua_pushvalue(lua, -2);
    int wanted = lua_rawget(lua, 2);
    lua_pop(lua, 1);
    if (wanted == LUA_TNIL)
        luaL_error(lua, "there is no setting '%s' of %s", key, name);
    if (wanted != lua_type(lua, -1))
        luaL_error(lua, "the setting '%s' of %s must be a %s", key, name, lua_typename(lua, wanted));
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 3);
}

static int settings_get(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    const char *name = luaL_checkstring(lua, 1);
    luaL_checktype(lua, 2, LUA_TTABLE);
    if (!state->loading)
        return luaL_error(lua, "settings works only while the script is loaded");
    lua_settop(lua, 2);
    lua_newtable(lua);
    for (lua_pushnil(lua); lua_next(lua, 2); lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, 3);
    }
    if (lua_getfield(lua, LUA_REGISTRYINDEX, SETTINGS) == LUA_TTABLE) {
        lua_pushstring(lua, name);
        int type = lua_rawget(lua, -2);
        if (type != LUA_TNIL && type != LUA_TTABLE)
            return luaL_error(lua, "the settings of %s are no table", name);
        if (type == LUA_TTABLE)
            for (lua_pushnil(lua); lua_next(lua, 5); lua_pop(lua, 1))
                take_setting(lua, name);
    }
    lua_settop(lua, 3);
    return 1;
}

static const struct script_function functions[] = {
    { "settings", "name, defaults", "table",
      "The defaults, with what the settings' file (`lua.settings`) says under this name in their place. A name that "
      "the "
      "defaults have not, or another type, is an error. While the script is loaded only.",
      "a setting that the defaults have not, or of another type; not while the script is loaded", settings_get },
};

SCRIPT_CLASS(class_settings, "", "What an operator sets without touching a script.", functions);
