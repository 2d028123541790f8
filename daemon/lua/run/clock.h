/* The time as scripts have it: the loop's, or in a trial its own. On the state's thread. */
#ifndef CARILLON_LUA_CLOCK_H
#define CARILLON_LUA_CLOCK_H

#include <lua.h>
#include <stdint.h>

/* Since some moment. */
int64_t script_monotonic_ns(lua_State *lua);
static inline int64_t script_monotonic_ms(lua_State *lua)
{
    return script_monotonic_ns(lua) / 1000000;
}
/* Since 1970. */
int64_t script_wall_ms(lua_State *lua);

#endif
