#include "hook/verdict.h"
#include "lua/api/verdict_fields.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

static bool is_verdict(lua_State *lua, int index)
{
    if (!lua_istable(lua, index) || !lua_getmetatable(lua, index))
        return false;
    luaL_getmetatable(lua, VERDICT_METATABLE);
    bool same = lua_rawequal(lua, -1, -2);
    lua_pop(lua, 2);
    return same;
}

static struct carillon_str read_text(lua_State *lua, int index, const char *name)
{
    struct carillon_str value = { 0 };
    lua_pushstring(lua, name);
    if (lua_rawget(lua, index) == LUA_TSTRING)
        value.ptr = lua_tolstring(lua, -1, &value.len);
    lua_pop(lua, 1); /* the table keeps it */
    return value;
}

/* A part of a millisecond is one, since none means something else. */
static int64_t read_ttl_ms(lua_State *lua, int index)
{
    lua_pushliteral(lua, "ttl");
    lua_Number seconds = lua_rawget(lua, index) == LUA_TNUMBER ? lua_tonumber(lua, -1) : 0;
    lua_pop(lua, 1);
    return fabs(seconds) < VERDICT_TTL_MAX_S ? (int64_t)ceil(seconds * 1000) : -1;
}

static void read_fields(lua_State *lua, int index, struct carillon_verdict *verdict)
{
    verdict->code = read_text(lua, index, "code");
    verdict->text = read_text(lua, index, "text");
    verdict->data = read_text(lua, index, "data");
    verdict->channel = read_text(lua, index, "channel");
    verdict->queue = read_text(lua, index, "queue");
    verdict->user = read_text(lua, index, "user");
    verdict->ttl_ms = read_ttl_ms(lua, index);
    if (verdict->kind == CARILLON_VERDICT_MODIFY) {
        verdict->body = verdict->text;
        verdict->text = (struct carillon_str){ 0 };
    } else if (verdict->kind == CARILLON_VERDICT_HOLD) {
        verdict->text = read_text(lua, index, "reason");
    }
}

static bool read_one(lua_State *lua, int index, struct carillon_verdict *verdict, const char **why)
{
    *verdict = (struct carillon_verdict){ .kind = CARILLON_VERDICT_PASS };
    *why = NULL;
    if (lua_isnoneornil(lua, index))
        return true;
    if (!is_verdict(lua, index)) {
        *why =
            "what the hook returned is no verdict: return nothing, or what pass, drop, modify or another of them made, "
            "several with commas between them";
        return false;
    }
    lua_rawgeti(lua, index, 1);
    lua_Integer kind = lua_isinteger(lua, -1) ? lua_tointeger(lua, -1) : -1;
    lua_pop(lua, 1);
    if (kind < 0 || kind >= CARILLON_VERDICT_SUSPEND) {
        *why = "somebody has changed the verdict";
        return false;
    }
    verdict->kind = (enum carillon_verdict_kind)kind;
    if (kind != CARILLON_VERDICT_PASS)
        read_fields(lua, index, verdict);
    if (verdict->body.ptr && verdict->body.len == 0)
        *why = "the text in modify is empty: use drop";
    return !*why;
}

bool verdict_read(lua_State *lua, int first, struct carillon_verdict *verdict, struct verdict_room *room,
                  const char **why)
{
    int last = lua_gettop(lua);
    bool good = read_one(lua, first, verdict, why);
    if (last - first >= CARILLON_VERDICTS_MAX) {
        *why = "the hook returned more than 16 verdicts";
        return false;
    }
    for (int i = first + 1; good && i <= last; i++) {
        struct carillon_verdict *next = &room->more[i - first - 1];
        good = read_one(lua, i, next, why);
        verdict->then = next;
        verdict = next;
    }
    return good;
}

/* ---- may the point have it? ---- */

static const char *const point_names[] = {
#define CARILLON_X(name, text, verdicts) text,
    CARILLON_HOOK_POINTS(CARILLON_X)
#undef CARILLON_X
};

static const char *const kind_names[] = {
#define CARILLON_X(name, text) text,
    CARILLON_VERDICTS(CARILLON_X)
#undef CARILLON_X
};

static void tell_known(enum carillon_hook_point point, const char *kind, char *why)
{
    int len = snprintf(why, VERDICT_WHY_SIZE, "the point %s knows no verdict %s, only pass", point_names[point], kind);
    for (int i = CARILLON_VERDICT_PASS + 1; i < CARILLON_VERDICT_SUSPEND; i++)
        if (verdict_known(point, (enum carillon_verdict_kind)i))
            len += snprintf(why + len, VERDICT_WHY_SIZE - (size_t)len, ", %s", kind_names[i]);
}

bool verdict_fits(enum carillon_hook_point point, const struct carillon_verdict *verdict, char *why)
{
    const char *wrong = verdict_wrong(point, verdict->kind, verdict);
    while (!wrong && verdict->then) {
        verdict = verdict->then;
        wrong = verdict_wrong(point, verdict->kind, verdict);
    }
    if (!wrong)
        return true;
    if (!verdict_known(point, verdict->kind))
        tell_known(point, kind_names[verdict->kind], why);
    else
        snprintf(why, VERDICT_WHY_SIZE, "the verdict %s %s", kind_names[verdict->kind], wrong);
    return false;
}
