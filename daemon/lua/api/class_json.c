#include "base/json_writer.h"
#include "base/utf8.h"
#include "lua/vm/binding.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 32, STEPS_VALUE = 5 };

/*
 * What an error would lose is kept in a userdata, and goes with that: a tree of jansson's while it is turned into tables, a
 * text while it is written.
 */
#define TREE "carillon.json_tree"
#define TEXT "carillon.json_text"

static int tree_free(lua_State *lua)
{
    json_t **tree = lua_touserdata(lua, 1);
    json_decref(*tree);
    *tree = NULL;
    return 0;
}

static int text_free(lua_State *lua)
{
    json_writer_free(lua_touserdata(lua, 1));
    return 0;
}

static void box_metatable(lua_State *lua, const char *name, lua_CFunction release)
{
    luaL_newmetatable(lua, name);
    lua_pushcfunction(lua, release);
    lua_setfield(lua, -2, "__gc");
    lua_pop(lua, 1);
}

void json_open(lua_State *lua)
{
    box_metatable(lua, TREE, tree_free);
    box_metatable(lua, TEXT, text_free);
}

/* ---- reading ---- */

static void push_value(lua_State *lua, const json_t *value, int depth);

static void push_array(lua_State *lua, const json_t *array, int depth)
{
    size_t n = json_array_size(array);
    lua_createtable(lua, n < 1000 ? (int)n : 1000, 0);
    for (size_t i = 0; i < n; i++) {
        push_value(lua, json_array_get(array, i), depth);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

static void push_object(lua_State *lua, const json_t *object, int depth)
{
    const char *key;
    json_t *value;
    lua_createtable(lua, 0, 0);
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        lua_pushstring(lua, key);
        push_value(lua, value, depth);
        lua_rawset(lua, -3);
    }
}

static void push_value(lua_State *lua, const json_t *value, int depth)
{
    budget_charge(lua, STEPS_VALUE);
    if (depth > DEPTH_MAX)
        luaL_error(lua, "the JSON is deeper than %d levels", DEPTH_MAX);
    luaL_checkstack(lua, 4, "JSON");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        push_object(lua, value, depth + 1);
        break;
    case JSON_ARRAY:
        push_array(lua, value, depth + 1);
        break;
    case JSON_STRING:
        lua_pushlstring(lua, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(lua, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(lua, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(lua);
        break;
    }
}

static int json_decode(lua_State *lua)
{
    size_t len;
    json_error_t error;
    luaL_checktype(lua, 1, LUA_TSTRING);
    const char *text = lua_tolstring(lua, 1, &len);
    luaL_argcheck(lua, len <= SCRIPT_STRING_MAX, 1, "the text is too long");
    budget_charge(lua, len / 2 + STEPS_VALUE);
    json_t **tree = lua_newuserdatauv(lua, sizeof *tree, 0);
    *tree = NULL;
    luaL_setmetatable(lua, TREE);
    *tree = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!*tree) {
        lua_pushnil(lua);
        lua_pushfstring(lua, "line %d: %s", error.line, error.text);
        return 2;
    }
    push_value(lua, *tree, 1);
    json_decref(*tree);
    *tree = NULL;
    return 1;
}

/* ---- writing: the value is on top of the stack ---- */

static void write_value(lua_State *lua, struct json_writer *out, const char *name, int depth);

static void write_string(lua_State *lua, struct json_writer *out, const char *name)
{
    struct carillon_str text;
    text.ptr = lua_tolstring(lua, -1, &text.len);
    budget_charge(lua, text.len / 8);
    if (!utf8_is_valid(text.ptr, text.len))
        luaL_error(lua, "a string that is not UTF-8 cannot be JSON");
    json_write_str(out, name, text);
}

static void write_number(lua_State *lua, struct json_writer *out, const char *name)
{
    char text[32];
    lua_Number number = lua_tonumber(lua, -1);
    if (lua_isinteger(lua, -1)) {
        json_write_int(out, name, lua_tointeger(lua, -1));
        return;
    }
    if (!isfinite(number))
        luaL_error(lua, "a number that is not finite cannot be JSON");
    int len = lua_number2str(text, sizeof text, number);
    json_write_raw(out, name, (struct carillon_str){ text, (size_t)len });
}

static void write_array(lua_State *lua, struct json_writer *out, const char *name, int depth)
{
    lua_Integer n = (lua_Integer)lua_rawlen(lua, -1);
    json_array_begin(out, name);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(lua, -1, i);
        write_value(lua, out, NULL, depth);
        lua_pop(lua, 1);
    }
    json_array_end(out);
}

static void write_object(lua_State *lua, struct json_writer *out, const char *name, int depth)
{
    json_object_begin(out, name);
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1)) {
        size_t len = 0;
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tolstring(lua, -2, &len) : NULL;
        if (!key || strlen(key) != len || !utf8_is_valid(key, len))
            luaL_error(lua, "the names in a table that is to be JSON are texts, or it is a list");
        write_value(lua, out, key, depth);
    }
    json_object_end(out);
}

static void write_table(lua_State *lua, struct json_writer *out, const char *name, int depth)
{
    if (depth > DEPTH_MAX)
        luaL_error(lua, "the table is deeper than %d levels, or in itself", DEPTH_MAX);
    luaL_checkstack(lua, 6, "JSON");
    if (lua_rawlen(lua, -1))
        write_array(lua, out, name, depth + 1);
    else
        write_object(lua, out, name, depth + 1);
}

static void write_value(lua_State *lua, struct json_writer *out, const char *name, int depth)
{
    budget_charge(lua, STEPS_VALUE);
    if (out->len > SCRIPT_STRING_MAX || out->failed)
        luaL_error(lua, "the JSON is longer than %d bytes", SCRIPT_STRING_MAX);
    switch (lua_type(lua, -1)) {
    case LUA_TTABLE:
        write_table(lua, out, name, depth);
        break;
    case LUA_TSTRING:
        write_string(lua, out, name);
        break;
    case LUA_TNUMBER:
        write_number(lua, out, name);
        break;
    case LUA_TBOOLEAN:
        json_write_bool(out, name, lua_toboolean(lua, -1));
        break;
    case LUA_TNIL:
        json_write_raw(out, name, CARILLON_STR("null"));
        break;
    default:
        luaL_error(lua, "a %s cannot be JSON", luaL_typename(lua, -1));
    }
}

static int json_encode(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    struct json_writer *out = lua_newuserdatauv(lua, sizeof *out, 0);
    *out = (struct json_writer){ 0 };
    luaL_setmetatable(lua, TEXT);
    lua_pushvalue(lua, 1);
    write_value(lua, out, NULL, 1);
    struct carillon_str text = json_writer_str(out);
    if (!text.ptr || text.len > SCRIPT_STRING_MAX)
        return luaL_error(lua, "the JSON is longer than %d bytes", SCRIPT_STRING_MAX);
    lua_pushlstring(lua, text.ptr, text.len);
    json_writer_free(out);
    *out = (struct json_writer){ 0 };
    return 1;
}

static const struct script_function functions[] = {
    { "decode", "text", "value or nil, text",
      "What the JSON says: tables, strings, numbers, booleans; null is nil. At most 32 levels deep.",
      "no string. Returned: nil and why, where the text is no JSON", json_decode },
    { "encode", "value", "string",
      "As JSON. A table with entries 1 to n is a list, any other an object, also an empty one. At most 32 levels deep.",
      "functions and the like, strings that are not UTF-8, numbers that are not finite, names that are no strings; "
      "more than 32 levels or 256 KB",
      json_encode },
};

SCRIPT_CLASS(class_json, "json", "JSON, as in msg.data and in what other servers say.", functions);
