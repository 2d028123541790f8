#include "lua/api/caller.h"
#include "lua/api/message.h"
#include "lua/run/state.h"
#include "lua/trial/trial_fields.h"

#include <lauxlib.h>

/* The name of the app for which the call runs; absent: for none. */
static struct carillon_str app_of(const struct script_call *call)
{
    if (call && call->box && call->box->call)
        return call->box->call->app;
    return call && call->app ? call->app->name : (struct carillon_str){ 0 };
}

const struct app *caller_app(lua_State *lua, struct carillon_str name)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    if (!name.ptr)
        name = app_of(state->running);
    const struct app *app = app_find(name);
    if (!app)
        luaL_error(lua, "there is no app '%s'", name.ptr ? name.ptr : "");
    return app;
}

const struct app *caller_own_app(const struct script_state *state)
{
    struct carillon_str name = app_of(state->running);
    return name.ptr && !state->set->options.trial ? app_find(name) : NULL;
}

/* The name of the app whose values are meant. */
static struct carillon_str scope_of(lua_State *lua, int index)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    struct carillon_str name = { 0 };
    if (!lua_isnoneornil(lua, index)) {
        name.ptr = luaL_checklstring(lua, index, &name.len);
        return name;
    }
    if (state)
        name = app_of(state->running);
    if (name.ptr)
        return name;
    if (!state || state->set->options.trial) /* there need not be any apps */
        return (struct carillon_str)TRIAL_APP;
    const struct app *first = app_find(name);
    return first ? first->name : name;
}

struct shared_key caller_key(lua_State *lua, enum shared_kind kind, int app)
{
    enum { COST = 40 };
    struct shared_key key = { .kind = kind };
    luaL_checktype(lua, 1, LUA_TSTRING);
    key.key.ptr = lua_tolstring(lua, 1, &key.key.len);
    luaL_argcheck(lua, key.key.len >= 1 && key.key.len <= SHARED_KEY_MAX, 1, "a key has 1 to 256 bytes");
    budget_charge(lua, COST);
    key.app = scope_of(lua, app);
    return key;
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
