#include "lua/vm/binding.h"
#include "lua/api/verdict_fields.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/*
 * A verdict is a table with the kind at [1], its fields by their names, and a metatable that scripts cannot give to a table
 * of their own.
 */

#define VERDICT_X(kind, fields) [CARILLON_VERDICT_##kind] = (fields),
static const unsigned fields_of[CARILLON_VERDICT_COUNT] = { VERDICT_FORMS(VERDICT_X) };
#undef VERDICT_X

static const char *const kind_names[] = {
#define CARILLON_X(name, text) text,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

static const struct {
    const char *name;
    int type;
} fields[] = {
#define VERDICT_X(NAME, text, type) { text, LUA_T##type },
    VERDICT_FIELDS(VERDICT_X)
#undef VERDICT_X
};

static int push_verdict(lua_State *lua, enum carillon_verdict_kind kind)
{
    lua_pushinteger(lua, (lua_Integer)kind);
    lua_rawseti(lua, -2, 1);
    luaL_setmetatable(lua, VERDICT_METATABLE);
    return 1;
}

/* The name at index is a field of the kind; which one. */
static unsigned check_field(lua_State *lua, int index, enum carillon_verdict_kind kind)
{
    unsigned i = 0;
    if (lua_type(lua, index) != LUA_TSTRING)
        return (unsigned)luaL_error(lua, "%s wants fields with names", kind_names[kind]);
    const char *name = lua_tostring(lua, index);
    while (i < VERDICT_FIELD_COUNT && strcmp(fields[i].name, name) != 0)
        i++;
    if (i == VERDICT_FIELD_COUNT || !(fields_of[kind] & 1u << i))
        luaL_error(lua, "%s knows no field '%s'", kind_names[kind], name);
    return i;
}

/* A new table with the fields of the one at index 1, which must be among those of the kind. */
static int take_table(lua_State *lua, enum carillon_verdict_kind kind)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_createtable(lua, 1, 3);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        unsigned field = check_field(lua, -2, kind);
        if (lua_type(lua, -1) != fields[field].type)
            luaL_error(lua, "the field '%s' of %s is not a %s", fields[field].name, kind_names[kind],
                       lua_typename(lua, fields[field].type));
        if (fields[field].type == LUA_TNUMBER && !(fabs(lua_tonumber(lua, -1)) < VERDICT_TTL_MAX_S))
            luaL_error(lua, "the field '%s' of %s is too great", fields[field].name, kind_names[kind]);
        lua_pushvalue(lua, -1);
        lua_setfield(lua, -4, fields[field].name);
    }
    return push_verdict(lua, kind);
}

static void need_field(lua_State *lua, enum carillon_verdict_kind kind, const char *name)
{
    if (lua_getfield(lua, -1, name) == LUA_TNIL)
        luaL_error(lua, "%s needs the field '%s'", kind_names[kind], name);
    lua_pop(lua, 1);
}

static int verdict_pass(lua_State *lua)
{
    lua_createtable(lua, 1, 0);
    return push_verdict(lua, CARILLON_VERDICT_PASS);
}

static int verdict_drop(lua_State *lua)
{
    lua_settop(lua, 2);
    if (lua_istable(lua, 1))
        return take_table(lua, CARILLON_VERDICT_DROP);
    const char *code = luaL_optstring(lua, 1, NULL), *text = luaL_optstring(lua, 2, NULL);
    lua_createtable(lua, 1, 2);
    lua_pushstring(lua, code);
    lua_setfield(lua, -2, "code");
    lua_pushstring(lua, text);
    lua_setfield(lua, -2, "text");
    return push_verdict(lua, CARILLON_VERDICT_DROP);
}

static int verdict_modify(lua_State *lua)
{
    return take_table(lua, CARILLON_VERDICT_MODIFY);
}

static int to_channel(lua_State *lua, enum carillon_verdict_kind kind)
{
    luaL_checktype(lua, 1, LUA_TSTRING);
    lua_createtable(lua, 1, 1);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "channel");
    return push_verdict(lua, kind);
}

static int verdict_reroute(lua_State *lua)
{
    return to_channel(lua, CARILLON_VERDICT_REROUTE);
}

static int verdict_copy(lua_State *lua)
{
    return to_channel(lua, CARILLON_VERDICT_COPY);
}

static int verdict_shadow(lua_State *lua)
{
    lua_createtable(lua, 1, 0);
    return push_verdict(lua, CARILLON_VERDICT_SHADOW);
}

static int verdict_hold(lua_State *lua)
{
    lua_settop(lua, 1);
    if (!lua_isnil(lua, 1))
        return take_table(lua, CARILLON_VERDICT_HOLD);
    lua_createtable(lua, 1, 0);
    return push_verdict(lua, CARILLON_VERDICT_HOLD);
}

static int verdict_mute(lua_State *lua)
{
    take_table(lua, CARILLON_VERDICT_MUTE);
    need_field(lua, CARILLON_VERDICT_MUTE, "ttl"); /* without one it would mean the contrary */
    return 1;
}

void verdict_open(lua_State *lua)
{
    luaL_newmetatable(lua, VERDICT_METATABLE);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

static const struct script_function functions[] = {
    { "pass", "", "verdict", "The message goes on; returning nothing says the same.", "", verdict_pass },
    { "drop", "{ code =, text = } or code [, text]", "verdict",
      "The message is refused; its author gets the code and the text.", "another field, or one that is no string",
      verdict_drop },
    { "modify", "{ text =, data = }", "verdict", "The message goes on with another text or data; later hooks see that.",
      "another field, or one that is no string. As a fault once it is returned: an empty text, one that is not UTF-8, "
      "data that is not JSON",
      verdict_modify },
    { "reroute", "channel", "verdict", "The message goes to another channel, and no other hook looks at it.",
      "no string", verdict_reroute },
    { "copy", "channel", "verdict",
      "The message goes on, and as it leaves the chain also to this channel, past its hooks; at most 8 copies.",
      "no string. As a fault once it is returned: a name that no channel can have, more than 8 copies", verdict_copy },
    { "shadow", "", "verdict", "Only its author sees the message; it is stored nowhere.", "", verdict_shadow },
    { "hold", "{ ttl =, queue =, reason = }", "verdict",
      "The message waits for a moderator: so many seconds (a week), in this queue (\"default\"), with this reason.",
      "another field or type of one. As a fault once it is returned: a queue that is not 1 to 64 of A-Z a-z 0-9 _ . -, "
      "a ttl beyond 366 days",
      verdict_hold },
    { "mute", "{ ttl =, user =, channel =, code =, text = }", "verdict",
      "For ttl seconds (0: no longer) the user (the author) may not write in the channel (this one; \"*\": all of the "
      "app) "
      "and reads the text instead. The author's own message is refused, too, with the code; of others it goes on.",
      "no `ttl`, another field or type of one. As a fault once it is returned: a user or channel that cannot be, a ttl "
      "below 0 or beyond 366 days",
      verdict_mute },
};

const struct script_class class_verdict = {
    .name = "",
    .help = "Verdicts: what a hook returns. Several of them stand one behind the other, such as `return modify { text "
            "= text }, "
            "copy(\"log\")`: they are done in this order, and one that ends the chain can only be the last. If one is "
            "wrong, "
            "none is done.",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
