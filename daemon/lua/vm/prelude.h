/* The texts of prelude.lua and testing.lua, put into the program by CMake. */
#ifndef CARILLON_LUA_PRELUDE_H
#define CARILLON_LUA_PRELUDE_H

#include <stddef.h>

extern const unsigned char prelude_lua[];
extern const size_t prelude_lua_len;
extern const unsigned char testing_lua[];
extern const size_t testing_lua_len;

#endif
