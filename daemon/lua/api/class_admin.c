#include "lua/vm/binding.h"
#include "lua/set/commands.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 40, HELP_MAX_LEN = 400 };

static bool name_fits(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(name);
    return len > 0 && len <= NAME_MAX_LEN && strspn(name, allowed) == len;
}

static int admin_command(lua_State *lua)
{
    struct script_state *state = script_vm_of(lua)->owner;
    char error[SCRIPT_ERROR_SIZE];
    luaL_checktype(lua, 1, LUA_TSTRING);
    luaL_checktype(lua, 2, LUA_TSTRING);
    luaL_checktype(lua, 3, LUA_TFUNCTION);
    if (!state || !state->loading)
        return luaL_error(lua, "admin.command works only while the script is loaded");
    struct script_command made = { .name = (char *)(uintptr_t)lua_tostring(lua, 1),
                                   .help = (char *)(uintptr_t)lua_tostring(lua, 2),
                                   .file = (char *)(uintptr_t)state->loading->name,
                                   .line = script_line_of(lua) };
    if (!name_fits(made.name))
        return luaL_error(lua, "the name of a command is 1 to %d of a-z 0-9 _ -", NAME_MAX_LEN);
    if (!*made.help || strlen(made.help) > HELP_MAX_LEN)
        return luaL_error(lua, "a command needs a help of 1 to %d bytes", HELP_MAX_LEN);
    if (!script_set_add_command(state->set, state, &made, error))
        return luaL_error(lua, "%s", error);
    lua_settop(lua, 3);
    state->commands[state->command_count - 1] = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

static const struct script_function functions[] = {
    { "command", "name, help, function", "",
      "A command for operators. The function is called with the words behind the name, may wait up to 10 seconds, and "
      "returns the text to show; its errors are shown, too. On any worker: what it keeps belongs into kv.",
      "a name that is not 1 to 40 of a-z 0-9 _ -, or is taken; no help, no function; not while the script is loaded",
      admin_command },
};

SCRIPT_CLASS(class_admin, "admin", "Commands for operators.", functions);
