#include "lua/run/clock.h"
#include "lua/run/state.h"
#include "lua/trial/trial.h"

int64_t script_monotonic_ns(lua_State *lua)
{
    const struct trial *trial = script_trial_of(lua);
    return trial ? trial->now_ms * 1000000 : loop_monotonic_ns();
}

int64_t script_wall_ms(lua_State *lua)
{
    const struct trial *trial = script_trial_of(lua);
    return trial ? trial->now_ms : loop_wall_ms();
}
