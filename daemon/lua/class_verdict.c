#include "lua/binding.h"
#include "lua/message.h"
#include "base/utf8.h"

#include <jansson.h>
#include <lauxlib.h>
#include <string.h>

/* A verdict is a table with the kind at [1] and a metatable that scripts cannot give to a table of their own. */
#define METATABLE "carillon.verdict"

static int push_verdict(lua_State *lua, enum carillon_verdict_kind kind)
{
    lua_pushinteger(lua, (lua_Integer)kind);
    lua_rawseti(lua, -2, 1);
    luaL_setmetatable(lua, METATABLE);
    return 1;
}

/* New table with the fields of the argument, which must be among `names` and strings. */
static void take_fields(lua_State *lua, const char *const *names, const char *function)
{
    lua_createtable(lua, 1, 2);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        const char *const *name = names;
        if (lua_type(lua, -2) == LUA_TSTRING)
            while (*name && strcmp(*name, lua_tostring(lua, -2)) != 0)
                name++;
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "%s wants fields with names", function);
        if (!*name)
            luaL_error(lua, "%s knows no field '%s'", function, lua_tostring(lua, -2));
        if (lua_type(lua, -1) != LUA_TSTRING)
            luaL_error(lua, "the field '%s' of %s is not a string", *name, function);
        lua_pushvalue(lua, -1);
        lua_setfield(lua, -4, *name);
    }
}

static int verdict_pass(lua_State *lua)
{
    lua_createtable(lua, 1, 0);
    return push_verdict(lua, CARILLON_VERDICT_PASS);
}

static int verdict_drop(lua_State *lua)
{
    static const char *const names[] = { "code", "text", NULL };
    lua_settop(lua, 2);
    if (lua_isnoneornil(lua, 1)) {
        lua_createtable(lua, 1, 0);
    } else if (lua_type(lua, 1) == LUA_TSTRING) {
        lua_createtable(lua, 1, 2);
        lua_pushvalue(lua, 1);
        lua_setfield(lua, -2, "code");
        lua_pushstring(lua, luaL_optstring(lua, 2, NULL));
        lua_setfield(lua, -2, "text");
    } else {
        luaL_checktype(lua, 1, LUA_TTABLE);
        take_fields(lua, names, "drop");
    }
    return push_verdict(lua, CARILLON_VERDICT_DROP);
}

static int verdict_modify(lua_State *lua)
{
    static const char *const names[] = { "text", "data", NULL };
    luaL_checktype(lua, 1, LUA_TTABLE);
    take_fields(lua, names, "modify");
    return push_verdict(lua, CARILLON_VERDICT_MODIFY);
}

static int verdict_reroute(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TSTRING);
    lua_createtable(lua, 1, 1);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "channel");
    return push_verdict(lua, CARILLON_VERDICT_REROUTE);
}

/* ---- reading ---- */

static bool is_verdict(lua_State *lua, int index)
{
    if (!lua_istable(lua, index) || !lua_getmetatable(lua, index))
        return false;
    luaL_getmetatable(lua, METATABLE);
    bool same = lua_rawequal(lua, -1, -2);
    lua_pop(lua, 2);
    return same;
}

static struct carillon_str read_field(lua_State *lua, int index, const char *name)
{
    struct carillon_str value = { 0 };
    lua_pushstring(lua, name);
    if (lua_rawget(lua, index) == LUA_TSTRING)
        value.ptr = lua_tolstring(lua, -1, &value.len);
    lua_pop(lua, 1); /* the table keeps it */
    return value;
}

static bool is_text(struct carillon_str text)
{
    return !text.ptr || utf8_is_valid(text.ptr, text.len);
}

static bool is_json(struct carillon_str text)
{
    if (!text.ptr)
        return true;
    json_t *json = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    bool good = json != NULL;
    json_decref(json);
    return good;
}

static const char *wrong_with(const struct carillon_verdict *verdict)
{
    if (verdict->kind != CARILLON_VERDICT_PASS && verdict->kind != CARILLON_VERDICT_DROP &&
        verdict->kind != CARILLON_VERDICT_MODIFY && verdict->kind != CARILLON_VERDICT_REROUTE)
        return "somebody has changed the verdict";
    if (!is_text(verdict->code) || !is_text(verdict->text) || !is_text(verdict->body))
        return "a text in the verdict is not UTF-8";
    if (verdict->body.ptr && verdict->body.len == 0)
        return "the text in modify is empty: use drop";
    if (!is_json(verdict->data))
        return "the data in modify is not JSON";
    return NULL;
}

bool verdict_read(lua_State *lua, int index, struct carillon_verdict *verdict, const char **why)
{
    *verdict = (struct carillon_verdict){ .kind = CARILLON_VERDICT_PASS };
    *why = NULL;
    if (lua_isnoneornil(lua, index))
        return true;
    if (!is_verdict(lua, index)) {
        *why = "what the hook returned is no verdict: return nothing, or what pass, drop, modify or reroute made";
        return false;
    }
    lua_rawgeti(lua, index, 1);
    verdict->kind = (enum carillon_verdict_kind)lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    verdict->code = read_field(lua, index, "code");
    if (verdict->kind == CARILLON_VERDICT_MODIFY)
        verdict->body = read_field(lua, index, "text");
    else
        verdict->text = read_field(lua, index, "text");
    verdict->data = read_field(lua, index, "data");
    verdict->channel = read_field(lua, index, "channel");
    *why = wrong_with(verdict);
    return !*why;
}

void verdict_open(lua_State *lua)
{
    luaL_newmetatable(lua, METATABLE);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

static const struct script_function functions[] = {
    { "pass", "", "verdict", "The message goes on; returning nothing says the same.", verdict_pass },
    { "drop", "{ code =, text = } or code [, text]", "verdict",
      "The message is refused; its author gets the code and the text.", verdict_drop },
    { "modify", "{ text =, data = }", "verdict", "The message goes on with another text or data; later hooks see that.",
      verdict_modify },
    { "reroute", "channel", "verdict", "The message goes to another channel, and no other hook looks at it.",
      verdict_reroute },
};

const struct script_class class_verdict = {
    .name = "",
    .help = "Verdicts: what a hook returns.",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
