/* For whom a script runs: which hook, app and message. In a binding. */
#ifndef CARILLON_LUA_CALLER_H
#define CARILLON_LUA_CALLER_H

#include "lua/shared/shared.h"
#include "session/app.h"
#include <lua.h>

struct script_state;

/* The app of this name; if it is absent that of the message, or of the message whose hook asked for the timer; else the
   first. An unknown one is an error. */
const struct app *caller_app(lua_State *lua, struct carillon_str name);
/* For which app the running call acts, where it is one's and not just the first; NULL: none. */
const struct app *caller_own_app(const struct script_state *state);
/* The key that is the first argument, as shared_lock takes it, in the app that argument number `app` names, else
   that of caller_app. Charges for the look-up. */
struct shared_key caller_key(lua_State *lua, enum shared_kind kind, int app);
/* Raises an error in a trial and while scripts are loaded: the function acts in a daemon only. */
void caller_check_daemon(lua_State *lua, const char *function);
/* Who speaks: the hook's id, or the script's name. */
const char *caller_name(const struct script_state *state);

#endif
