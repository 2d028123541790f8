#include "lua/vm/binding.h"
#include "lua/run/clock.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <math.h>

static void sleep_over(struct timer *timer)
{
    struct script_call *call = (struct script_call *)((char *)timer - offsetof(struct script_call, wait));
    script_call_wake(call, 0);
}

enum { SLEEP_MAX_S = 3600 };

static int time_sleep(lua_State *lua)
{
    lua_Number seconds = luaL_checknumber(lua, 1);
    struct script_call *call = script_call_of(lua);
    luaL_argcheck(lua, seconds >= 0 && seconds <= SLEEP_MAX_S, 1, "0 to 3600 seconds");
    timer_init(&call->wait, sleep_over);
    timer_start(&call->wait, (int64_t)ceil(seconds * 1000));
    return script_wait(lua);
}

static int time_now(lua_State *lua)
{
    lua_pushnumber(lua, (lua_Number)script_wall_ms(lua) / 1000);
    return 1;
}

static int time_clock(lua_State *lua)
{
    lua_pushnumber(lua, (lua_Number)script_monotonic_ns(lua) / 1e9);
    return 1;
}

static const struct script_function functions[] = {
    { "sleep", "seconds", "", "Waits; only this message, and its author's later ones in the channel, wait with it.",
      "not 0 to 3600; where nothing can wait", time_sleep },
    { "now", "", "number", "Seconds since 1970, for showing.", "", time_now },
    { "clock", "", "number", "Seconds since some moment, for measuring; it never goes back.", "", time_clock },
};

SCRIPT_CLASS(class_time, "", "Time.", functions);
