/* Reading the table of options that a binding is called with. In a binding; errors are the script's. */
#ifndef CARILLON_LUA_FIELDS_H
#define CARILLON_LUA_FIELDS_H

#include <carillon/types.h>
#include <lua.h>

/* The table at index has no other fields than these (to NULL), so that a misspelt one is noticed. */
void fields_check(lua_State *lua, int index, const char *const *names, const char *function);
/* A text, which lives as long as the table is left alone; absent if the field is. */
struct carillon_str field_text(lua_State *lua, int index, const char *name);
/* A whole number from least to most. */
int64_t field_integer(lua_State *lua, int index, const char *name, int64_t otherwise, int64_t least, int64_t most);
/* Seconds, as milliseconds. */
int64_t field_seconds_ms(lua_State *lua, int index, const char *name, int64_t otherwise_ms, int64_t most_ms);
/* A list of texts as an array, which stays on Lua's stack with what it points to; NULL if the field is absent. */
const struct carillon_str *field_texts(lua_State *lua, int index, const char *name, size_t most, size_t *count);

/* For results: nil, code, text. */
int push_failure(lua_State *lua, const char *code, struct carillon_str text);
/* Into the table on top of the stack, unless the text is absent. */
void set_text(lua_State *lua, const char *name, struct carillon_str text);

#endif
