/* Our pattern matcher against Lua's own, over many generated patterns and subjects. */
#include "unit/lua/sandbox.h"

#include <lualib.h>
#include <stdlib.h>

enum { CASES = 30000 };

/* Gives all that the functions with patterns answer, as one text. Runs in both worlds. */
static const char asker[] =
    "local function show(...)\n"
    "    local all = table.pack(...)\n"
    "    for i = 1, all.n do all[i] = tostring(all[i]) end\n"
    "    if all[1] == 'false' and all[2] then all[2] = all[2]:match('^[^\\n]-:%d+: (.*)$') or all[2] end\n"
    "    return table.concat(all, '|')\n"
    "end\n"
    "local function matches(s, p, from)\n"
    "    local all = {}\n"
    "    for a, b in s:gmatch(p, from) do all[#all + 1] = show(a, b) end\n"
    "    return table.concat(all, ';')\n"
    "end\n"
    "return function(s, p, from)\n"
    "    local swap = setmetatable({ a = 'A', b = false, ab = 7 }, { __index = function(_, k) "
    "return k == '' and '_' end })\n"
    "    return table.concat({\n"
    "        show(pcall(string.find, s, p)), show(pcall(string.find, s, p, from)), "
    "show(pcall(string.match, s, p, from)),\n"
    "        show(pcall(matches, s, p)), show(pcall(matches, s, p, from)),\n"
    "        show(pcall(string.gsub, s, p, '<%0>')), show(pcall(string.gsub, s, p, '%1%%')),\n"
    "        show(pcall(string.gsub, s, p, '%2', 2)),\n"
    "        show(pcall(string.gsub, s, p, function(...) return show(...) end)),\n"
    "        show(pcall(string.gsub, s, p, swap, 3)),\n"
    "    }, '\\n')\n"
    "end\n";

static const char *const pieces[] = {
    "a",    "b",     "ab",     ".",     "%a",     "%d",   "%s",    "%w",    "%A",   "%S",
    "%x",   "%p",    "%z",     "%g",    "[ab]",   "[^a]", "[a-c]", "[%a_]", "[]]",  "[^]]",
    "[a-]", "[%-a]", "()",     "(",     ")",      "(a)",  "(.)",   "(.-)",  "(a*)", "%1",
    "%2",   "%b()",  "%bab",   "%f[a]", "%f[%A]", "*",    "+",     "-",     "?",    "^",
    "$",    "%.",    "%%",     "[",     "%",      "%f",   "%b",    "]",     "\xe9", "[%z\x01-\x1f]",
    "%0",   "%3",    "((a)b)", "[a%]",
};

static uint64_t seed = 42;

static unsigned random_below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static size_t make_pattern(char *out)
{
    size_t len = 0;
    unsigned n = 1 + random_below(5);
    for (unsigned i = 0; i < n; i++) {
        const char *piece = pieces[random_below(sizeof pieces / sizeof *pieces)];
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static size_t make_subject(char *out)
{
    static const char letters[] = "aaabbc (())_1.%-]\xe9\xc3\0";
    size_t len = random_below(14);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[random_below(sizeof letters - 1)];
    return len;
}

static void push_case(lua_State *lua, const char *s, size_t s_len, const char *p, size_t p_len, int from)
{
    lua_pushlstring(lua, s, s_len);
    lua_pushlstring(lua, p, p_len);
    lua_pushinteger(lua, from);
}

static void test_equal(void **state)
{
    struct script_vm *vm = *state;
    struct script_thread thread;
    lua_State *stock = luaL_newstate();
    luaL_openlibs(stock);
    assert_int_equal(luaL_loadstring(stock, asker), LUA_OK);
    lua_call(stock, 0, 1);
    assert_int_equal(sandbox_run(vm, &thread, asker), SCRIPT_DONE);
    lua_xmove(thread.lua, vm->lua, 1);
    for (unsigned i = 0; i < CASES; i++) {
        char pattern[64], subject[16];
        size_t p_len = make_pattern(pattern), s_len = make_subject(subject), len, wanted_len;
        int from = (int)random_below(20) - 9;
        lua_pushvalue(stock, 1);
        push_case(stock, subject, s_len, pattern, p_len, from);
        lua_call(stock, 3, 1);
        const char *wanted = lua_tolstring(stock, -1, &wanted_len);
        lua_settop(thread.lua, 0);
        thread.steps_left = test_budget.steps;
        lua_pushvalue(vm->lua, 1);
        lua_xmove(vm->lua, thread.lua, 1);
        push_case(thread.lua, subject, s_len, pattern, p_len, from);
        assert_int_equal(script_vm_resume(vm, &thread, 3), SCRIPT_DONE);
        const char *got = lua_tolstring(thread.lua, -1, &len);
        if (len != wanted_len || memcmp(got, wanted, len) != 0)
            fail_msg("case %u, pattern '%.*s' on '%.*s' from %d:\n%s\nbut Lua says\n%s", i, (int)p_len, pattern,
                     (int)s_len, subject, from, got, wanted);
        lua_pop(stock, 1);
    }
    script_thread_end(vm, &thread, true);
    lua_close(stock);
}

/* A pattern as long, nested or repeated as Lua's own still takes, and one more. */
static void test_bounds(void **state)
{
    struct script_thread thread;
    static const char text[] = "assert(('a'):find(('a?'):rep(1000)))\n"
                               "assert(not pcall(string.find, ('a'):rep(300), ('a?'):rep(300)))\n"
                               "assert(('x'):rep(40):match(('(x)'):rep(32)))\n"
                               "local good, why = pcall(string.match, ('x'):rep(40), ('(x)'):rep(33))\n"
                               "assert(not good and why == 'too many captures', why)\n"
                               "local good, why = pcall(string.find, 'x', ('('):rep(40))\n"
                               "assert(not good)\n";
    if (sandbox_run(*state, &thread, text) != SCRIPT_DONE)
        fail_msg("%s", lua_tostring(thread.lua, -1));
    script_thread_end(*state, &thread, true);
}

static int set_up(void **state)
{
    *state = sandbox_new();
    return 0;
}

static int tear_down(void **state)
{
    script_vm_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
