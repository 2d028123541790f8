/*
 * Settings: what an operator sets for scripts, in a file of their own, so that shipped scripts need no editing.
 *
 * The file is Lua that assigns tables, one a script: `links = { allow = { "example.org" } }`. On the state's thread.
 */
#ifndef CARILLON_LUA_SETTINGS_H
#define CARILLON_LUA_SETTINGS_H

#include "lua/set/set.h"

/* Runs the file that the set's options name, if any, in a new state. False: error says why, with file and line. */
bool settings_load(struct script_state *state, char *error);
/* Takes the table on top of the stack for the settings of all scripts. */
void settings_take(lua_State *lua);

#endif
