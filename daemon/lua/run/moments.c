#include "lua/run/moments.h"
#include "lua/run/meter.h"

#include <lauxlib.h>

static void note(const struct script_call *call, enum script_fault fault)
{
    static const struct carillon_verdict passed = { .kind = CARILLON_VERDICT_PASS };
    const struct script_options *options = &call->state->set->options;
    if (fault == SCRIPT_FAULT_NONE)
        meter_note_verdicts(call->hook->meter, &passed, call->busy_ns);
    else
        meter_note_fault(call->hook->meter, call->busy_ns, options->faults_max, options->pause_ms);
}

static void count_down(struct script_state *state)
{
    void (*over)(void) = state->moment_over;
    if (--state->moment_calls || !over)
        return;
    state->moment_over = NULL;
    over();
}

/* It had waited. */
static void moment_ended(struct script_call *call, enum script_fault fault)
{
    struct script_state *state = call->state;
    note(call, fault);
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
    count_down(state);
    script_state_settle(state);
}

/* What the function is called with: {point=, worker=, workers=}. */
static int make_argument(lua_State *lua)
{
    const struct script_call *call = lua_touserdata(lua, 1);
    lua_createtable(lua, 0, 3);
    lua_pushstring(lua, script_moment_name(call->hook->moment));
    lua_setfield(lua, -2, "point");
    lua_pushinteger(lua, (lua_Integer)call->state->worker + 1);
    lua_setfield(lua, -2, "worker");
    lua_pushinteger(lua, (lua_Integer)workers_count());
    lua_setfield(lua, -2, "workers");
    return 1;
}

static bool push_argument(struct script_call *call)
{
    lua_State *lua = call->state->vm->lua;
    lua_pushcfunction(lua, make_argument);
    lua_pushlightuserdata(lua, call);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK) {
        lua_pop(lua, 1);
        return false;
    }
    lua_xmove(lua, call->thread.lua, 1);
    return true;
}

static void tell(struct script_state *state, const struct script_hook *hook)
{
    enum script_fault fault;
    struct script_call *call = script_call_new(state, hook, (int)hook->index);
    if (!call)
        return;
    call->ended = moment_ended;
    if (!push_argument(call)) {
        script_call_free(call, false);
        return;
    }
    enum script_outcome outcome = script_call_run(call, 1, &fault);
    if (outcome == SCRIPT_WAITS) {
        state->moment_calls++;
        return;
    }
    if (outcome == SCRIPT_FAULTY)
        script_call_report(call, fault);
    note(call, fault);
    script_call_free(call, outcome == SCRIPT_DONE);
}

void moment_tell(struct script_state *state, enum script_moment moment, void (*over)(void))
{
    state->moment_calls++; /* so that over() waits for all */
    state->moment_over = over;
    for (size_t i = 0; i < state->set->hook_count; i++)
        if (state->set->hooks[i]->moment == moment)
            tell(state, state->set->hooks[i]);
    count_down(state);
}
