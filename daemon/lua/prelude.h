/* The text of prelude.lua, put into the program by CMake. */
#ifndef CARILLON_LUA_PRELUDE_H
#define CARILLON_LUA_PRELUDE_H

#include <stddef.h>

extern const unsigned char prelude_lua[];
extern const size_t prelude_lua_len;

#endif
