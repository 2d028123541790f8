/*
 * What functions that act in a daemon only ask of their arguments, for a trial, which answers in their place: a spec then
 * sees the same errors. Each takes the arguments of its function, raises what that would, and returns nothing.
 */
#ifndef CARILLON_LUA_CHECKS_H
#define CARILLON_LUA_CHECKS_H

#include <lua.h>

int check_http_fetch(lua_State *lua);
int check_store_history(lua_State *lua);
int check_publish(lua_State *lua);
int check_bot_say(lua_State *lua);

#endif
