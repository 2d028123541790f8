#include "lua/vm/binding.h"
#include "lua/api/checks.h"
#include "lua/api/message.h"
#include "lua/vm/prelude.h"
#include "lua/vm/sandbox.h"
#include "lua/trial/trial.h"

#include <lauxlib.h>
#include <math.h>

/* What testing.lua needs of C: the trial's clock, waiting, and asking the hooks. */

#define SPEC "carillon.spec"
#define TESTS "carillon.tests"
#define SHOW "carillon.show"

static struct trial *trial_of(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    return state->set->options.trial;
}

static int fake_now(lua_State *lua)
{
    lua_pushnumber(lua, (lua_Number)trial_of(lua)->now_ms / 1000);
    return 1;
}

static int fake_set_now(lua_State *lua)
{
    trial_of(lua)->now_ms = (int64_t)llround(luaL_checknumber(lua, 1) * 1000);
    return 0;
}

/* As the daemon: an error where nothing can wait. */
static int fake_wait(lua_State *lua)
{
    lua_Number seconds = luaL_optnumber(lua, 1, 0);
    script_call_of(lua);
    trial_of(lua)->now_ms += (int64_t)ceil(seconds * 1000);
    return script_wait(lua);
}

static int fake_ask(lua_State *lua)
{
    struct trial *trial = trial_of(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (!trial->asking || script_call_of(lua) != trial->asking)
        return luaL_error(lua, "only a test can ask hooks");
    lua_settop(lua, 1);
    trial->question = luaL_ref(lua, LUA_REGISTRYINDEX);
    return script_wait(lua);
}

static int fake_note(lua_State *lua)
{
    const struct trial *trial = trial_of(lua);
    if (trial->note)
        trial->note(luaL_checkstring(lua, 1), luaL_checkstring(lua, 2), trial->user);
    return 0;
}

static int fake_line(lua_State *lua)
{
    lua_Debug where;
    int line = 0;
    for (int level = 1; line <= 0 && lua_getstack(lua, level, &where); level++) {
        lua_getinfo(lua, "Sl", &where);
        line = where.currentline;
    }
    lua_pushinteger(lua, line);
    return 1;
}

static const luaL_Reg primitives[] = {
    { "now", fake_now },   { "set_now", fake_set_now }, { "wait", fake_wait }, { "ask", fake_ask },
    { "note", fake_note }, { "line", fake_line },       { NULL, NULL },
};

/* By the names of the functions. */
static const luaL_Reg checks[] = {
    { "http.fetch", check_http_fetch },
    { "store.history", check_store_history },
    { "publish", check_publish },
    { "bot.say", check_bot_say },
    { NULL, NULL },
};

void trial_fake(lua_State *lua)
{
    sandbox_load_own(lua, testing_lua, testing_lua_len, "testing");
    lua_pushvalue(lua, 1);
    luaL_newlib(lua, primitives);
    luaL_newlib(lua, checks);
    lua_setfield(lua, -2, "checks");
    lua_call(lua, 2, 3);
    lua_setfield(lua, LUA_REGISTRYINDEX, SHOW);
    lua_setfield(lua, LUA_REGISTRYINDEX, TESTS);
    lua_setfield(lua, LUA_REGISTRYINDEX, SPEC);
}

void trial_push_tests(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, TESTS);
}

void trial_push_show(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, SHOW);
}

void trial_push_spec(lua_State *lua, int globals)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, SPEC);
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, globals);
    }
    lua_pop(lua, 1);
}

/* ---- the reference ---- */

static const struct script_function functions[] = {
    { "test", "name, [settings,] function", "",
      "A test. Each has a state of its own: the script beside the spec is loaded afresh, with these settings if any.",
      NULL, NULL },
    { "run", "message [, { fault = true }]", "result",
      "Asks the hooks of `message.point` (message.publish if not told), as the daemon does, and returns what became of "
      "the message. A hook that fails fails the test, unless the result's field fault is asked for.",
      NULL, NULL },
    { "expect", "value, wanted [, what]", "", "Fails the test unless both are equal; of tables what is in them.", NULL,
      NULL },
    { "expect_match", "text, pattern", "", "Fails the test unless the pattern is found in the text.", NULL, NULL },
    { "expect_error", "function, pattern", "", "Fails the test unless the function raises such an error.", NULL, NULL },
    { "advance", "seconds", "", "Moves the clock, on which what every and after were given runs when it is due.", NULL,
      NULL },
    { "command", "name, ...", "values ...", "Runs what admin.command was given, and returns what that returns.", NULL,
      NULL },
    { "fakes.answer", "request", "{ status =, body =, ... } or nil, code, text",
      "Set by the test: answers http.fetch. Without it every request is refused.", NULL, NULL },
    { "fakes.history", "channel, options", "list, more", "Set by the test: answers store.history. Without it, nothing.",
      NULL, NULL },
    { "fakes.logged", NULL, "table", "What log wrote: { level =, text = }.", NULL, NULL },
    { "fakes.requests", NULL, "table", "What http.fetch was given.", NULL, NULL },
    { "fakes.published", NULL, "table", "What publish and bot.say were given.", NULL, NULL },
    { "fakes.audited", NULL, "table", "What audit was given.", NULL, NULL },
};

const struct script_class class_spec = {
    .name = "",
    .help =
        "In files NAME_spec.lua only, besides all of the above. What a script does outside is faked: time moves only "
        "where somebody waits, kv and limit begin empty, and what is published, audited or logged is noted.",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
    .object = true,
};

static const struct script_function results[] = {
    { "verdict", NULL, "string", "\"pass\", \"drop\", \"modify\", \"reroute\", \"shadow\", \"hold\" or \"mute\".", NULL,
      NULL },
    { "hook", NULL, "string or nil", "The id of the hook that decided.", NULL, NULL },
    { "text", NULL, "string or nil", "The text as the message goes on.", NULL, NULL },
    { "data", NULL, "string or nil", "Its data.", NULL, NULL },
    { "channel", NULL, "string or nil", "Where it goes.", NULL, NULL },
    { "copies", NULL, "table", "The channels that get a copy.", NULL, NULL },
    { "mutes", NULL, "table",
      "Everybody who is muted, also where another verdict follows: { user =, ttl = }, without user the author.", NULL,
      NULL },
    { "code", NULL, "string or nil", "drop, mute: what the author's program gets.", NULL, NULL },
    { "told", NULL, "string or nil", "drop, mute: what the author reads.", NULL, NULL },
    { "reason", NULL, "string or nil", "hold: what the moderators read.", NULL, NULL },
    { "queue", NULL, "string or nil", "hold: in which it waits.", NULL, NULL },
    { "muted", NULL, "string or nil", "mute: who; nil for the author.", NULL, NULL },
    { "ttl", NULL, "number or nil", "hold, mute: for so many seconds.", NULL, NULL },
    { "waited", NULL, "number", "Seconds that the hooks waited.", NULL, NULL },
    { "fault", NULL, "string or nil", "Why a hook failed.", NULL, NULL },
};

const struct script_class class_result = {
    .name = "result",
    .help = "What run returns in a spec.",
    .functions = results,
    .count = sizeof results / sizeof *results,
    .object = true,
};
