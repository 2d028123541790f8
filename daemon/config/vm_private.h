/*
 * Shared by the files of the sandbox alone: vm.c, environment.c, nodes.c.
 */
#ifndef CARILLON_CONFIG_VM_PRIVATE_H
#define CARILLON_CONFIG_VM_PRIVATE_H

#include "config/vm.h"

#include <lua.h>

struct vm {
    lua_State *lua;
    struct vm_options options;
    struct carillon_arena *arena;
    size_t memory;
    int64_t instructions, deadline_ms;
};

/* Places in the registry: what files may call; table → key → line, as assignments ran. */
#define VM_LIBRARY "carillon.library"
#define VM_LINES "carillon.lines"

/* Pushes the globals of a new run, and the table into which they are set. */
void environment_push(lua_State *lua);
/* Was the table at index made by reading it, and has it stayed empty? Then nobody set it. */
bool environment_made(lua_State *lua, int index);

/*
 * Turns the value below the top into nodes; on top is a table of paths to lines. Leaves the stack as it is. Raises an error
 * of Lua where the value is nested too deep or has too many parts.
 */
struct node *nodes_take(lua_State *lua, const char *file);

#endif
