#include "base/str.h"
#include "http_client/http_client.h"
#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/api/checks.h"
#include "lua/api/fields.h"
#include "lua/run/state.h"

#include <lauxlib.h>

enum {
    TIMEOUT_MS = 4000,
    TIMEOUT_MAX_MS = 60000, /* timers and commands may wait longer than hooks */
    BODY_DEFAULT = 64 << 10,
    ANSWER_HEADERS_MAX = 16 << 10,
    HEADERS_MAX = 100,
    REDIRECTS_MAX = 5,
    STEPS = 500 /* a request is dear */
};

static const char *const outcome_words[] = {
#define CARILLON_X(name, word, text) word,
    CARILLON_FETCH_OUTCOMES(CARILLON_X)
#undef CARILLON_X
};

/* ---- the answer ---- */

/* A header that comes several times is one, with commas. */
static void push_headers(lua_State *lua, const struct carillon_fetched *fetched)
{
    lua_createtable(lua, 0, (int)fetched->header_count);
    for (size_t i = 0; i < fetched->header_count; i++) {
        const struct carillon_http_param *header = &fetched->headers[i];
        lua_pushlstring(lua, header->name.ptr, header->name.len);
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, -3) == LUA_TSTRING) {
            lua_pushliteral(lua, ", ");
            lua_pushlstring(lua, header->value.ptr, header->value.len);
            lua_concat(lua, 3);
        } else {
            lua_pop(lua, 1);
            lua_pushlstring(lua, header->value.ptr, header->value.len);
        }
        lua_rawset(lua, -3);
    }
}

/* In the script again. */
static int fetch_finish(lua_State *lua, int status, lua_KContext context)
{
    const struct carillon_fetched *fetched = script_answer(lua, fetch_finish);
    (void)status, (void)context;
    if (fetched->outcome != CARILLON_FETCH_DONE)
        return push_failure(lua, outcome_words[fetched->outcome], fetched->detail);
    budget_charge(lua, fetched->body.len / 16 + STEPS);
    lua_createtable(lua, 0, 4);
    lua_pushinteger(lua, fetched->status);
    lua_setfield(lua, -2, "status");
    set_text(lua, "body", fetched->body);
    push_headers(lua, fetched);
    lua_setfield(lua, -2, "headers");
    lua_pushnumber(lua, (lua_Number)fetched->took_ms / 1000);
    lua_setfield(lua, -2, "took");
    return 1;
}

static void fetch_done(const struct carillon_fetched *fetched, void *arg)
{
    script_call_answer(arg, fetched);
}

/* ---- the question ---- */

static void fetch_cancel(void *arg)
{
    struct script_call *call = arg;
    http_client_cancel(call->asked);
}

/* A table of texts as an array on Lua's stack. */
static const struct carillon_http_param *read_headers(lua_State *lua, int index, size_t *count)
{
    *count = 0;
    lua_pushliteral(lua, "headers");
    if (lua_rawget(lua, index) == LUA_TNIL)
        return NULL;
    int table = lua_gettop(lua);
    luaL_argexpected(lua, lua_istable(lua, table), index, "a table as headers");
    struct carillon_http_param *params = lua_newuserdatauv(lua, HEADERS_MAX * sizeof *params, 0);
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING || lua_type(lua, -1) != LUA_TSTRING)
            luaL_error(lua, "the field 'headers' is a table of strings by their names");
        if (*count == HEADERS_MAX)
            luaL_error(lua, "the field 'headers' has more than %d entries", HEADERS_MAX);
        struct carillon_http_param *param = &params[(*count)++];
        param->name.ptr = lua_tolstring(lua, -2, &param->name.len);
        param->value.ptr = lua_tolstring(lua, -1, &param->value.len); /* the table keeps both */
    }
    return params;
}

/* What it points to stays on Lua's stack. */
static struct carillon_fetch read_wish(lua_State *lua)
{
    static const char *const names[] = { "url", "method", "headers", "body", "timeout", "max", "redirects", NULL };
    struct carillon_fetch wish = { .size = sizeof wish };
    if (lua_type(lua, 1) == LUA_TSTRING) { /* http.fetch(url) */
        lua_createtable(lua, 0, 1);
        lua_pushvalue(lua, 1);
        lua_setfield(lua, -2, "url");
        lua_replace(lua, 1);
    }
    lua_settop(lua, 1);
    fields_check(lua, 1, names, "http.fetch");
    wish.url = field_text(lua, 1, "url");
    wish.method = field_text(lua, 1, "method");
    wish.body = field_text(lua, 1, "body");
    wish.total_ms = field_seconds_ms(lua, 1, "timeout", TIMEOUT_MS, TIMEOUT_MAX_MS);
    wish.body_max = (size_t)field_integer(lua, 1, "max", BODY_DEFAULT, 1, SCRIPT_STRING_MAX);
    wish.redirects = (unsigned)field_integer(lua, 1, "redirects", 0, 0, REDIRECTS_MAX);
    wish.headers_max = ANSWER_HEADERS_MAX;
    wish.headers = read_headers(lua, 1, &wish.header_count);
    if (!wish.url.ptr)
        luaL_error(lua, "http.fetch needs the field 'url'");
    return wish;
}

int check_http_fetch(lua_State *lua)
{
    read_wish(lua);
    return 0;
}

static int refused(lua_State *lua, enum carillon_result result)
{
    switch (result) {
    case CARILLON_INVALID:
        return push_failure(lua, "invalid", CARILLON_STR("the URL, the method or a header cannot be asked for"));
    case CARILLON_TOO_LARGE:
        return push_failure(lua, "too_large", CARILLON_STR("what is sent is too large"));
    case CARILLON_BUSY:
        return push_failure(lua, "busy", CARILLON_STR("too many requests are under way"));
    default:
        return push_failure(lua, "failed", CARILLON_STR("something went wrong here"));
    }
}

/* Each hook has places of its own among the requests under way; what is no hook shares some. */
static const void *owner_of(const struct script_call *call)
{
    return call->hook ? (const void *)call->hook->meter : &class_http;
}

static int http_fetch(lua_State *lua)
{
    struct script_call *call = script_call_of(lua);
    caller_check_daemon(lua, "http.fetch");
    struct carillon_fetch wish = read_wish(lua);
    wish.allow = call->state->set->http_allow;
    wish.allow_count = call->state->set->http_allow_count;
    budget_charge(lua, wish.body.len / 16 + STEPS);
    enum carillon_result result = http_client_fetch(owner_of(call), &wish, fetch_done, call, &call->asked);
    if (result != CARILLON_OK)
        return refused(lua, result);
    call->cancel = fetch_cancel;
    call->request = call;
    return script_wait_answer(lua, fetch_finish);
}

static const struct script_function functions[] = {
    { "fetch", "url or { url =, method =, headers =, body =, timeout =, max =, redirects = }",
      "{ status =, body =, headers =, took = } or nil, code, text",
      "Asks another server and waits for its answer: so many seconds (4), for so many bytes (65536, at most 262144), "
      "following so many redirects (0, at most 5). Any status is an answer. Only public addresses and those of "
      "lua.http_allow are reached.",
      "no `url`, another field or type of one; where nothing can wait. Returned as code: timeout, resolve_failed, "
      "address_refused, connect_failed, tls_failed, too_large, redirect_refused, broken, cancelled, failed, invalid, "
      "too_large, busy, failed",
      http_fetch },
};

SCRIPT_CLASS(class_http, "http", "Asking other servers.", functions);
