/*
 * What a script sees: the classes of binding.h and nothing else.
 *
 * Library tables cannot be written to, nor can the metatable of strings; each script has globals of its own, which look
 * into the shared ones.
 */
#ifndef CARILLON_LUA_SANDBOX_H
#define CARILLON_LUA_SANDBOX_H

#include "lua/vm/vm.h"

/* Fills a new state. False: memory is short. */
bool sandbox_open(struct script_vm *vm);
/* Pushes a new table of globals for one script; lua errors when memory is short. */
void sandbox_push_globals(lua_State *lua);
/* Leaves on the stack the function of a text of the daemon's own, without lines: its errors name the calling script's. */
void sandbox_load_own(lua_State *lua, const unsigned char *text, size_t len, const char *name);
/* Makes the table on top of the stack read-only for scripts: what is pushed in its place looks into it. */
void sandbox_lock(lua_State *lua);

#endif
