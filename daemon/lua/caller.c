#include "lua/caller.h"
#include "lua/message.h"
#include "lua/state.h"

#include <lauxlib.h>

const struct app *caller_app(lua_State *lua, struct carillon_str name)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    const struct script_call *call = state->running;
    if (!name.ptr && call && call->box && call->box->call)
        name = call->box->call->app;
    const struct app *app = app_find(name);
    if (!app)
        luaL_error(lua, "there is no app '%s'", name.ptr ? name.ptr : "");
    return app;
}

void caller_check_daemon(lua_State *lua, const char *function)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    if (!state || !state->running || state->loading)
        luaL_error(lua, "%s does not work while the script is loaded", function);
    else if (state->set->options.trial)
        luaL_error(lua, "%s works in the daemon only", function);
}

const char *caller_name(const struct script_state *state)
{
    if (state && state->running && state->running->hook)
        return state->running->name;
    return state && state->loading ? state->loading->name : "script";
}
