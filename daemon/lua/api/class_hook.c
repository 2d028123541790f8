#include "hook/verdict.h"
#include "lua/vm/binding.h"
#include "lua/set/points.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* X(name, Lua type, "help"): the options of hook.on. */
#define HOOK_OPTIONS(X)                                                                                                \
    X(id, STRING, "A name of its own; needed.")                                                                        \
    X(priority, NUMBER, "Lower ones run first; 50 if not told. Then by file, then by line.")                           \
    X(app, STRING, "A pattern of apps; all if not told.")                                                              \
    X(channels, TABLE, "Patterns of channels (\"chat-*\"); all if not told.")                                          \
    X(timeout_ms, NUMBER, "In this time, waiting included, it must have a verdict; 1000 if not told, at most 4500.")   \
    X(on_error, STRING, "\"pass\" or \"refuse\": what becomes of the message when the hook fails; \"pass\".")

enum { TIMEOUT_DEFAULT_MS = 1000, TIMEOUT_MAX_MS = 4500, PRIORITY_DEFAULT = 50 };

/* Options that would mean nothing at the point. */
static void check_point(lua_State *lua, int index, const char *name, const struct script_hook *made)
{
    bool moment = made->moment != SCRIPT_MOMENT_NONE;
    bool session = !moment && (1u << made->hook.point & POINTS_OF_SESSIONS);
    if (lua_getfield(lua, index, "channels") != LUA_TNIL && (moment || session))
        luaL_error(lua, "the point %s has no channels", name);
    if (lua_getfield(lua, index, "app") != LUA_TNIL && moment)
        luaL_error(lua, "the point %s has no app", name);
    if (!made->hook.fail_open && (moment || !verdict_known(made->hook.point, CARILLON_VERDICT_DROP)))
        luaL_error(lua, "the point %s refuses nothing: it has no on_error = \"refuse\"", name);
    lua_pop(lua, 2);
}

static void check_options(lua_State *lua, int index)
{
    static const struct {
        const char *name;
        int type;
    } known[] = {
#define HOOK_X(name, type, help) { #name, LUA_T##type },
        HOOK_OPTIONS(HOOK_X)
#undef HOOK_X
    };
    luaL_checktype(lua, index, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "[...]";
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i].name, name) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            luaL_error(lua, "hook.on knows no option '%s'", name);
        if (lua_type(lua, -1) != known[i].type)
            luaL_error(lua, "the option '%s' of hook.on must be a %s", name, lua_typename(lua, known[i].type));
    }
}

static lua_Integer number_option(lua_State *lua, int index, const char *name, lua_Integer otherwise, lua_Integer most)
{
    lua_getfield(lua, index, name);
    lua_Integer value = luaL_optinteger(lua, -1, otherwise);
    lua_pop(lua, 1);
    if (value < (most == TIMEOUT_MAX_MS ? 1 : -most) || value > most)
        luaL_error(lua, "the option '%s' of hook.on is at most %d", name, (int)most);
    return value;
}

static bool fails_open(lua_State *lua, int index)
{
    lua_getfield(lua, index, "on_error");
    const char *value = luaL_optstring(lua, -1, "pass");
    bool open = strcmp(value, "pass") == 0;
    if (!open && strcmp(value, "refuse") != 0)
        luaL_error(lua, "the option 'on_error' of hook.on is \"pass\" or \"refuse\"");
    lua_pop(lua, 1);
    return open;
}

/* The patterns as an array on Lua's stack, so that an error leaks nothing. */
static const char *const *channels_option(lua_State *lua, int index, size_t *count)
{
    *count = 0;
    if (lua_getfield(lua, index, "channels") == LUA_TNIL)
        return NULL;
    size_t n = lua_rawlen(lua, -1);
    int list = lua_gettop(lua);
    const char **channels = lua_newuserdatauv(lua, (n + 1) * sizeof *channels, 0);
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(lua, list, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(lua, "the option 'channels' of hook.on is a list of strings");
        channels[i] = lua_tostring(lua, -1); /* the list keeps it */
        lua_pop(lua, 1);
    }
    if (n == 0)
        luaL_error(lua, "the option 'channels' of hook.on is empty: it would never run");
    *count = n;
    return channels;
}

static const char *text_option(lua_State *lua, int index, const char *name)
{
    lua_getfield(lua, index, name);
    return luaL_optstring(lua, -1, NULL); /* stays on the stack */
}

static int hook_on(lua_State *lua)
{
    struct script_state *state = script_vm_of(lua)->owner;
    struct script_hook made = { .hook.size = sizeof made.hook };
    char error[SCRIPT_ERROR_SIZE];
    if (!state->loading)
        return luaL_error(lua, "hook.on works only while the script is loaded");
    const char *point = luaL_checkstring(lua, 1);
    if (!script_point_find(point, &made.hook.point, &made.moment))
        return luaL_error(lua, "there is no hook point '%s'", point);
    check_options(lua, 2);
    luaL_checktype(lua, 3, LUA_TFUNCTION);
    lua_settop(lua, 3);
    made.hook.id = text_option(lua, 2, "id");
    if (!made.hook.id || !*made.hook.id)
        return luaL_error(lua, "hook.on needs an id");
    made.hook.app = text_option(lua, 2, "app");
    made.hook.priority = (int)number_option(lua, 2, "priority", PRIORITY_DEFAULT, 1000000);
    made.timeout_ms = number_option(lua, 2, "timeout_ms", TIMEOUT_DEFAULT_MS, TIMEOUT_MAX_MS);
    made.hook.fail_open = fails_open(lua, 2);
    check_point(lua, 2, point, &made);
    made.hook.channels = channels_option(lua, 2, &made.hook.channel_count);
    made.file = (char *)(uintptr_t)state->loading->name;
    made.line = script_line_of(lua);
    if (!script_set_add_hook(state->set, state, &made, error))
        return luaL_error(lua, "%s", error);
    lua_pushvalue(lua, 3);
    state->functions[state->function_count - 1] = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

static const struct script_function functions[] = {
    { "on", "point, { id =, priority =, app =, channels =, timeout_ms =, on_error = }, function", "",
      "Has the function called with each message at the point; what it returns decides.",
      "another point, option or type of one; no `id`, or one that is taken; not while the script is loaded", hook_on },
};

SCRIPT_CLASS(class_hook, "hook", "Where scripts take part in what clients do.", functions);
