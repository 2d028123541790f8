#include "lua/api/fields.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

void fields_check(lua_State *lua, int index, const char *const *names, const char *function)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        const char *const *name = names;
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "[...]";
        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name)
            luaL_error(lua, "%s knows no field '%s'", function, key);
    }
}

/* Pushes it; false: it is nil. */
static bool push_field(lua_State *lua, int index, const char *name, int type)
{
    lua_pushstring(lua, name);
    int is = lua_rawget(lua, index);
    if (is != LUA_TNIL && is != type)
        luaL_error(lua, "the field '%s' is not a %s", name, lua_typename(lua, type));
    return is != LUA_TNIL;
}

struct carillon_str field_text(lua_State *lua, int index, const char *name)
{
    struct carillon_str text = { 0 };
    if (push_field(lua, index, name, LUA_TSTRING))
        text.ptr = lua_tolstring(lua, -1, &text.len);
    lua_pop(lua, 1); /* the table keeps it */
    return text;
}

int64_t field_integer(lua_State *lua, int index, const char *name, int64_t otherwise, int64_t least, int64_t most)
{
    int whole = 1;
    bool given = push_field(lua, index, name, LUA_TNUMBER);
    int64_t value = given ? lua_tointegerx(lua, -1, &whole) : otherwise;
    lua_pop(lua, 1);
    if (given && (!whole || value < least || value > most))
        luaL_error(lua, "the field '%s' is a whole number from %I to %I", name, (LUAI_UACINT)least, (LUAI_UACINT)most);
    return value;
}

int64_t field_seconds_ms(lua_State *lua, int index, const char *name, int64_t otherwise_ms, int64_t most_ms)
{
    lua_Number ms = (lua_Number)otherwise_ms;
    if (push_field(lua, index, name, LUA_TNUMBER))
        ms = ceil(lua_tonumber(lua, -1) * 1000);
    lua_pop(lua, 1);
    if (!(ms > 0 && ms <= (lua_Number)most_ms))
        luaL_error(lua, "the field '%s' is a number of seconds up to %d", name, (int)(most_ms / 1000));
    return (int64_t)ms;
}

const struct carillon_str *field_texts(lua_State *lua, int index, const char *name, size_t most, size_t *count)
{
    *count = 0;
    if (!push_field(lua, index, name, LUA_TTABLE)) {
        lua_pop(lua, 1);
        return NULL;
    }
    int list = lua_gettop(lua);
    size_t n = lua_rawlen(lua, list);
    if (n > most)
        luaL_error(lua, "the field '%s' has more than %d entries", name, (int)most);
    struct carillon_str *texts = lua_newuserdatauv(lua, (n + 1) * sizeof *texts, 0);
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(lua, list, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(lua, "the field '%s' is a list of strings", name);
        texts[i].ptr = lua_tolstring(lua, -1, &texts[i].len); /* the list keeps it */
        lua_pop(lua, 1);
    }
    *count = n;
    return texts;
}

int push_failure(lua_State *lua, const char *code, struct carillon_str text)
{
    lua_pushnil(lua);
    lua_pushstring(lua, code);
    lua_pushlstring(lua, text.ptr ? text.ptr : "", text.len);
    return 3;
}

void set_text(lua_State *lua, const char *name, struct carillon_str text)
{
    if (!text.ptr)
        return;
    lua_pushlstring(lua, text.ptr, text.len);
    lua_setfield(lua, -2, name);
}
