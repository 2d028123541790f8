#include "lua/vm/binding.h"
#include "base/log.h"
#include "lua/api/caller.h"

#include <lauxlib.h>

enum { LOG_TEXT_MAX = 1000 };

static int write_line(lua_State *lua, enum carillon_log_level level)
{
    size_t len;
    if (lua_type(lua, 1) != LUA_TSTRING && lua_type(lua, 1) != LUA_TNUMBER)
        return luaL_error(lua, "the log takes a text: use tostring or string.format");
    const char *text = lua_tolstring(lua, 1, &len);
    budget_charge(lua, 200); /* a line is dear: a system call */
    log_write(level, "lua", "%s: %.*s", caller_name(script_vm_of(lua)->owner),
              len < LOG_TEXT_MAX ? (int)len : LOG_TEXT_MAX, text);
    return 0;
}

#define CARILLON_X(name, text, journal)                                                                                \
    static int log_##name(lua_State *lua)                                                                              \
    {                                                                                                                  \
        return write_line(lua, CARILLON_LOG_##name);                                                                   \
    }
CARILLON_LOG_LEVELS(CARILLON_X)
#undef CARILLON_X

static const struct script_function functions[] = {
#define CARILLON_X(name, text, journal)                                                                                \
    {                                                                                                                  \
        text,      "text", "", "Writes a line of this level to the daemon's log.", "neither a string nor a number",    \
        log_##name                                                                                                     \
    },
    CARILLON_LOG_LEVELS(CARILLON_X)
#undef CARILLON_X
};

SCRIPT_CLASS(class_log, "log", "The daemon's log; a line names the hook.", functions);
