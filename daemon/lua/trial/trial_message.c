#include "lua/trial/trial.h"
#include "lua/trial/trial_fields.h"
#include "lua/api/fields.h"

#include <lauxlib.h>
#include <string.h>

static const char *const kind_names[] = {
#define CARILLON_X(name, text) text,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

/* The string at the top of the stack, which is popped: the table keeps it. */
static struct carillon_str pop_text(lua_State *lua, const char *name, const char *otherwise)
{
    struct carillon_str text = { otherwise, otherwise ? strlen(otherwise) : 0 };
    if (lua_type(lua, -1) == LUA_TSTRING)
        text.ptr = lua_tolstring(lua, -1, &text.len);
    else if (lua_type(lua, -1) != LUA_TNIL)
        luaL_error(lua, "the field '%s' of the message is no string", name);
    lua_pop(lua, 1);
    return text;
}

static void read_mentions(lua_State *lua, int index, struct carillon_hook_call *message)
{
    if (lua_getfield(lua, index, "mentions") == LUA_TTABLE) {
        size_t n = lua_rawlen(lua, -1);
        struct carillon_str *mentions = lua_newuserdatauv(lua, (n + 1) * sizeof *mentions, 0);
        for (size_t i = 0; i < n; i++) {
            lua_rawgeti(lua, -2, (lua_Integer)i + 1);
            mentions[i] = pop_text(lua, "mentions", "");
        }
        lua_setfield(lua, index, " mentions"); /* lives as long as the table */
        message->mentions = mentions;
        message->mention_count = n;
    }
    lua_pop(lua, 1);
}

static bool read_flag(lua_State *lua, int index, const char *name)
{
    lua_getfield(lua, index, name);
    bool set = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return set;
}

static void read_point(lua_State *lua, int index, enum carillon_hook_point *point, enum script_moment *moment)
{
    lua_getfield(lua, index, "point");
    struct carillon_str name = pop_text(lua, "point", "message.publish");
    if (!script_point_find(name.ptr, point, moment))
        luaL_error(lua, "there is no hook point '%s'", name.ptr);
}

static void check_names(lua_State *lua, int index)
{
    static const char *const names[] = {
#define MESSAGE_X(name, member, otherwise) name,
        TRIAL_TEXTS(MESSAGE_X)
#undef MESSAGE_X
            "point",
        "server",
        "active",
        "mentions",
        "time",
        NULL,
    };
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "[...]";
        const char *const *name = names;
        while (*name && strcmp(*name, key) != 0)
            name++;
        if (!*name)
            luaL_error(lua, "a message has no field '%s'", key);
    }
}

void trial_read_message(lua_State *lua, int index, struct carillon_hook_call *message, enum script_moment *moment)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    check_names(lua, index);
    *message = (struct carillon_hook_call){ 0 };
    read_point(lua, index, &message->point, moment);
#define MESSAGE_X(name, member, otherwise)                                                                             \
    lua_getfield(lua, index, name);                                                                                    \
    message->member = pop_text(lua, name, otherwise);
    TRIAL_TEXTS(MESSAGE_X)
#undef MESSAGE_X
    message->server = read_flag(lua, index, "server");
    message->active = read_flag(lua, index, "active");
    read_mentions(lua, index, message);
}

/* ---- results ---- */

static void set_copies(lua_State *lua, const struct trial_result *result)
{
    lua_newtable(lua);
    for (size_t i = 0; i < result->copy_count; i++) {
        lua_pushlstring(lua, result->copies[i].ptr, result->copies[i].len);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "copies");
}

static void set_mutes(lua_State *lua, const struct trial_result *result)
{
    lua_newtable(lua);
    for (size_t i = 0; i < result->mute_count; i++) {
        lua_createtable(lua, 0, 2);
        set_text(lua, "user", result->mutes[i].user);
        lua_pushnumber(lua, (lua_Number)result->mutes[i].ttl_ms / 1000);
        lua_setfield(lua, -2, "ttl");
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "mutes");
}

static void set_words(lua_State *lua, const struct trial_result *result)
{
    const struct carillon_verdict *verdict = &result->verdict;
    set_text(lua, "code", verdict->code);
    set_text(lua, result->kind == CARILLON_VERDICT_HOLD ? "reason" : "told", verdict->text);
    set_text(lua, "queue", verdict->queue);
    set_text(lua, "muted", verdict->user);
    if (result->kind == CARILLON_VERDICT_HOLD || result->kind == CARILLON_VERDICT_MUTE) {
        lua_pushnumber(lua, (lua_Number)verdict->ttl_ms / 1000);
        lua_setfield(lua, -2, "ttl");
    }
}

void trial_push_result(lua_State *lua, const struct trial_result *result)
{
    lua_createtable(lua, 0, 12);
    lua_pushstring(lua, kind_names[result->kind]);
    lua_setfield(lua, -2, "verdict");
    if (result->hook) {
        lua_pushstring(lua, result->hook->hook.id);
        lua_setfield(lua, -2, "hook");
    }
    set_text(lua, "text", result->text);
    set_text(lua, "data", result->data);
    set_text(lua, "channel", result->channel);
    set_words(lua, result);
    set_copies(lua, result);
    set_mutes(lua, result);
    lua_pushnumber(lua, (lua_Number)result->waited_ms / 1000);
    lua_setfield(lua, -2, "waited");
    if (result->faulty) {
        lua_pushfstring(lua, "hook %s of %s:%d: %s", result->faulty->hook.id, result->faulty->file,
                        result->faulty->line, result->error);
        lua_setfield(lua, -2, "fault");
    }
}
