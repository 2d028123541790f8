/*
 * Scripts that try to hold up their worker, take its memory, or get out. Each must end, as a fault where it has to, and none
 * may take the processor for longer than a worker may be held up. Measured is processor time, so that a busy machine
 * makes no difference.
 */
#include "unit/lua/sandbox.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
enum { STALL_MAX_MS = 300 }; /* a sanitizer makes every step of C dearer, and the budget counts steps, too */
#elif defined(__SANITIZE_THREAD__)
enum { STALL_MAX_MS = 300 };
#else
enum { STALL_MAX_MS = 20 };
#endif

/* What it does, how it must end: a fault's name in SCRIPT_FAULTS, NONE if it may end well or with an error of its own. */
static const struct {
    const char *name;
    enum script_fault fault;
    const char *text;
} evils[] = {
    { "loop", SCRIPT_FAULT_STEPS, "while true do end" },
    { "JSON again and again", SCRIPT_FAULT_STEPS,
      "local s = '[' .. ('1,'):rep(50000) .. '1]' while true do json.decode(s) end" },
    { "deep JSON", SCRIPT_FAULT_NONE, "json.decode(('['):rep(100000) .. (']'):rep(100000))" },
    { "deep JSON of 40", SCRIPT_FAULT_ERROR, "json.decode(('['):rep(40) .. (']'):rep(40))" },
    { "a table in itself as JSON", SCRIPT_FAULT_ERROR, "local t = {} t[1] = t json.encode(t)" },
    { "long JSON", SCRIPT_FAULT_ERROR, "local s = ('x'):rep(100000) json.encode({ s, s, s })" },
    { "much JSON", SCRIPT_FAULT_STEPS,
      "local t = {} for i = 1, 5000 do t[i] = i end while true do json.encode(t) end" },
    { "JSON of a function", SCRIPT_FAULT_ERROR, "json.encode({ json.encode })" },
    { "JSON of no UTF-8", SCRIPT_FAULT_ERROR, "json.encode('\\xff')" },
    { "JSON of no number", SCRIPT_FAULT_ERROR, "json.encode(0/0)" },
    { "JSON with odd names", SCRIPT_FAULT_ERROR, "json.encode({ [true] = 1 })" },
    { "recursion", SCRIPT_FAULT_NONE, "local function f() return 1 + f() end f()" },
    { "tail calls", SCRIPT_FAULT_STEPS, "local function f() return f() end f()" },
    { "find of the issue", SCRIPT_FAULT_STEPS, "string.find(('a'):rep(800), '.-.-.-b')" },
    { "match", SCRIPT_FAULT_STEPS, "string.match(('a'):rep(5000), ('a*'):rep(20) .. 'b')" },
    { "gmatch", SCRIPT_FAULT_STEPS, "for _ in ('a'):rep(5000):gmatch('.-.-.-b') do end" },
    { "gsub", SCRIPT_FAULT_STEPS, "string.gsub(('a'):rep(5000), '.-.-.-b', '')" },
    { "gsub with a function", SCRIPT_FAULT_STEPS, "string.gsub('a', 'a', function() while true do end end)" },
    { "balance", SCRIPT_FAULT_STEPS, "string.find(('('):rep(200000), ('%b()'):rep(3))" },
    { "sets", SCRIPT_FAULT_STEPS,
      "local p = '[' .. ('b'):rep(20000) .. ']*c' for i = 1, 1e9 do ('a'):rep(9999):find(p) end" },
    { "plain find", SCRIPT_FAULT_STEPS, "local s = ('a'):rep(200000) while true do s:find('ab', 1, true) end" },
    { "plain find, bad case", SCRIPT_FAULT_STEPS,
      "local s, p = ('a'):rep(200000), ('a'):rep(100000) .. 'b' while true do s:find(p, 1, true) end" },
    { "rep", SCRIPT_FAULT_STEPS, "while true do ('x'):rep(200000) end" },
    { "rep of nothing", SCRIPT_FAULT_STEPS, "while true do (''):rep(1e9) end" },
    { "huge rep", SCRIPT_FAULT_ERROR, "return ('x'):rep(1e12)" },
    { "upper", SCRIPT_FAULT_STEPS, "local s = ('x'):rep(200000) while true do s:upper() end" },
    { "bytes", SCRIPT_FAULT_NONE, "local s = ('x'):rep(200000) while true do select('#', s:byte(1, -1)) end" },
    { "concat", SCRIPT_FAULT_STEPS,
      "local t = {} for i = 1, 5000 do t[i] = 'xxxxxxxxx' end while true do table.concat(t) end" },
    { "concat to infinity", SCRIPT_FAULT_ERROR, "table.concat({}, 'x', 1, math.maxinteger)" },
    { "format", SCRIPT_FAULT_STEPS, "local s = ('x'):rep(200000) while true do string.format('%s', s) end" },
    { "format of an object", SCRIPT_FAULT_NONE,
      "string.format('%s', setmetatable({}, { __tostring = function() while true do end end }))" },
    { "tostring of an object", SCRIPT_FAULT_STEPS,
      "tostring(setmetatable({}, { __tostring = function() while true do end end }))" },
    { "sort", SCRIPT_FAULT_STEPS, "local t = {} for i = 1, 20000 do t[i] = -i end while true do table.sort(t) end" },
    { "sort by a loop", SCRIPT_FAULT_STEPS, "table.sort({ 1, 2 }, function() while true do end end)" },
    { "unpack", SCRIPT_FAULT_STEPS, "local t = {} while true do select('#', table.unpack(t, 1, 4000)) end" },
    { "unpack to infinity", SCRIPT_FAULT_ERROR, "table.unpack({}, 1, 1e8)" },
    { "move", SCRIPT_FAULT_STEPS, "table.move({}, 1, 1e12, 2)" },
    { "insert at the front", SCRIPT_FAULT_STEPS, "local t = {} while true do table.insert(t, 1, 1) end" },
    { "metamethods", SCRIPT_FAULT_STEPS,
      "local t = setmetatable({}, { __index = function() while true do end end }) return t.x" },
    { "comparison", SCRIPT_FAULT_STEPS,
      "local m = { __lt = function() while true do end end } return setmetatable({}, m) < setmetatable({}, m)" },
    { "pairs", SCRIPT_FAULT_STEPS,
      "for _ in pairs(setmetatable({}, { __pairs = function() while true do end end })) do end" },
    { "next over holes", SCRIPT_FAULT_NONE,
      "local t = {} for i = 1, 30000 do t['k' .. i] = 1 end while next(t) do t[next(t)] = nil end" },
    { "equal strings", SCRIPT_FAULT_NONE,
      "local s = ('x'):rep(200000) local a, b = s .. 'a', s .. 'b' for i = 1, 1e9 do if a == b then end end" },
    { "strings of zeros", SCRIPT_FAULT_NONE,
      "local s = ('\\0'):rep(200000) local a, b = s .. 'a', s .. 'b' for i = 1, 1e9 do if a < b then end end" },
    { "small strings of zeros", SCRIPT_FAULT_NONE,
      "local s = ('\\0'):rep(4000) local a, b = s .. 'a', s .. 'b' for i = 1, 1e9 do if a < b then end end" },
    { "tonumber", SCRIPT_FAULT_STEPS, "local s = ('1'):rep(200000) while true do tonumber(s) end" },
    { "utf8", SCRIPT_FAULT_STEPS, "local s = ('x'):rep(200000) while true do utf8.len(s) end" },
    { "doubling", SCRIPT_FAULT_MEMORY, "local s = 'x' while true do s = s .. s end" },
    { "many strings", SCRIPT_FAULT_NONE, "local t = {} for i = 1, 1e9 do t[i] = i .. 'x' end" },
    { "one table", SCRIPT_FAULT_NONE, "local t = {} for i = 1, 1e9 do t[i] = i end" },
    { "one hash", SCRIPT_FAULT_NONE, "local t = {} for i = 1, 1e9 do t[i + 0.5] = i end" },
    { "coroutines", SCRIPT_FAULT_NONE, "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end" },
    { "coroutines in coroutines", SCRIPT_FAULT_STEPS,
      "local function f(n) for i = 1, 20 do coroutine.wrap(function() if n > 0 then f(n - 1) end end)() end end f(8)" },
    { "short coroutines", SCRIPT_FAULT_STEPS,
      "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end" },
    { "wide coroutines", SCRIPT_FAULT_NONE,
      "local s = ('\\0'):rep(4000) local a, b = s .. 'a', s .. 'b'\n"
      "while true do coroutine.wrap(function() for i = 1, 90 do if a < b then end end end)() end" },
    { "an expression at each place", SCRIPT_FAULT_NONE, "re.compile('a*?[a-z]*+1'):test(('a'):rep(4000) .. '-1')" },
    { "an expression over a long text", SCRIPT_FAULT_NONE, "re.compile('\\\\p{L}*+1'):test(('a'):rep(60000) .. '-1')" },
    { "an expression that backtracks", SCRIPT_FAULT_NONE,
      "re.compile('a.{0,15000}1', 's'):test(('a'):rep(60000) .. '-1')" },
    { "expressions again and again", SCRIPT_FAULT_STEPS,
      "local e = re.compile('(?:a?){10}a{10}1') while true do pcall(e.test, e, ('a'):rep(4000) .. '-1') end" },
    { "expressions compiled", SCRIPT_FAULT_STEPS,
      "while true do re.compile('(?i)' .. ('[\\\\p{L}\\\\x{100}-\\\\x{ffff}]'):rep(10)) end" },
    { "marks out of order", SCRIPT_FAULT_NONE,
      "text.normalize('a' .. ('\\u{301}'):rep(20000) .. ('\\u{323}'):rep(20000))" },
    { "marks that become two", SCRIPT_FAULT_NONE, "text.normalize('a' .. ('\\u{f73}'):rep(20000))" },
    { "marks among joiners", SCRIPT_FAULT_NONE,
      "text.normalize('a' .. ('\\u{301}\\u{200d}\\u{323}\\u{ff9e}'):rep(8000))" },
    { "text that grows", SCRIPT_FAULT_NONE, "text.normalize(('\\u{fdfa}'):rep(80000))" },
    { "texts made normal", SCRIPT_FAULT_STEPS, "local s = ('\\u{3b1}'):rep(9000) while true do text.normalize(s) end" },
    { "words of a text", SCRIPT_FAULT_STEPS, "local s = ('ab '):rep(9000) while true do text.words(s) end" },
    { "long words", SCRIPT_FAULT_STEPS,
      "local s = set.of { ('a'):rep(199) .. 'b' } local t = ('a'):rep(99999) while true do match.any(s, t) end" },
    { "words in words", SCRIPT_FAULT_NONE,
      "local w = {} for i = 1, 190 do w[i] = ('a'):rep(i) end w[191] = 'b' local s = set.of(w)\n"
      "local t = ('a'):rep(99999) pcall(match.any, s, t) pcall(match.any, s, t)" },
    { "sets forgotten", SCRIPT_FAULT_NONE, "for i = 1, 1e9 do set.of { 'a', 'b' } end" },
    { "expressions forgotten", SCRIPT_FAULT_NONE, "for i = 1, 1e9 do re.compile('(?:abc){900}') end" },
    { "large sets", SCRIPT_FAULT_NONE,
      "local t = {} for i = 1, 9000 do t[i] = ('\\u{fdfa}'):rep(30) .. i end set.of(t)" },
    { "the same key", SCRIPT_FAULT_STEPS, "while true do kv.set('k', ('x'):rep(4000)) kv.get('k') end" },
    { "many keys", SCRIPT_FAULT_NONE, "for i = 1, 1e9 do kv.set('k' .. i, i) end" },
    { "windows", SCRIPT_FAULT_STEPS, "for i = 1, 1e9 do limit.window('k', 1 + i % 1000, 100) end" },
    /* what must not swallow the end */
    { "pcall", SCRIPT_FAULT_STEPS, "while true do pcall(function() while true do end end) end" },
    { "pcall in pcall", SCRIPT_FAULT_STEPS, "local function f() while true do pcall(f) end end f()" },
    { "xpcall", SCRIPT_FAULT_STEPS, "while true do xpcall(function() while true do end end, function() end) end" },
    { "handler", SCRIPT_FAULT_STEPS, "xpcall(error, function() while true do end end)" },
    { "pcall of find", SCRIPT_FAULT_STEPS, "while true do pcall(string.find, ('a'):rep(800), '.-.-.-b') end" },
    { "pcall of memory", SCRIPT_FAULT_MEMORY,
      "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end" },
    { "coroutine", SCRIPT_FAULT_STEPS,
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
    { "wrap", SCRIPT_FAULT_STEPS, "while true do pcall(coroutine.wrap(function() while true do end end)) end" },
    { "close", SCRIPT_FAULT_STEPS,
      "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end" },
    { "close in a loop", SCRIPT_FAULT_STEPS,
      "local m = { __close = function() while true do end end }\n"
      "local function f() local x <close> = setmetatable({}, m) f() end while true do pcall(f) end" },
    { "close by a for", SCRIPT_FAULT_STEPS,
      "local m = setmetatable({}, { __close = function() while true do end end })\n"
      "pcall(function() for _ in function() return 1 end, nil, nil, m do error('x') end end)" },
    { "close of a coroutine", SCRIPT_FAULT_STEPS,
      "local co = coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() while true do "
      "end end })\n"
      "error('x') end) pcall(co) while true do end" },
    /* what is not there, or not to be changed */
    { "finalizers", SCRIPT_FAULT_ERROR, "setmetatable({}, { __gc = function() while true do end end })" },
    { "the string library", SCRIPT_FAULT_ERROR, "string.find = nil" },
    { "by rawset", SCRIPT_FAULT_ERROR, "rawset(string, 'find', nil)" },
    { "by insert", SCRIPT_FAULT_ERROR, "table.insert(string, 1)" },
    { "strings' metatable", SCRIPT_FAULT_ERROR, "getmetatable('').__index = nil" },
    { "globals' metatable", SCRIPT_FAULT_ERROR, "setmetatable(_G, {})" },
    { "no load", SCRIPT_FAULT_ERROR, "load('return 1')" },
    { "no io", SCRIPT_FAULT_ERROR, "io.open('/etc/passwd')" },
    { "no os", SCRIPT_FAULT_ERROR, "os.exit()" },
    { "no debug", SCRIPT_FAULT_ERROR, "debug.sethook()" },
    { "no package", SCRIPT_FAULT_ERROR, "package.loadlib('x', 'y')" },
    { "no collectgarbage", SCRIPT_FAULT_ERROR, "collectgarbage('stop')" },
    { "no dump", SCRIPT_FAULT_ERROR, "string.dump(print)" },
    { "no yield of the hook", SCRIPT_FAULT_ERROR, "coroutine.yield()" },
};

static void run_one(struct script_vm *vm, size_t i, int64_t *worst_ns)
{
    struct script_thread thread;
    int64_t begun = cpu_ns();
    enum script_outcome outcome = sandbox_run(vm, &thread, evils[i].text);
    int64_t took = cpu_ns() - begun;
    enum script_fault fault = outcome == SCRIPT_FAULTY ? vm->killed : SCRIPT_FAULT_NONE;
    /* Which of the budgets is used up first depends on the machine. */
    bool ended = fault == SCRIPT_FAULT_STEPS || fault == SCRIPT_FAULT_TIME || fault == SCRIPT_FAULT_MEMORY;
    if (evils[i].fault == SCRIPT_FAULT_ERROR && fault != SCRIPT_FAULT_ERROR)
        fail_msg("%s: %s, not an error", evils[i].name, script_fault_text(fault));
    if ((evils[i].fault == SCRIPT_FAULT_STEPS || evils[i].fault == SCRIPT_FAULT_MEMORY) && !ended)
        fail_msg("%s: %s %s", evils[i].name, script_fault_text(fault),
                 fault == SCRIPT_FAULT_ERROR ? lua_tostring(thread.lua, -1) : "");
    if (took > *worst_ns)
        *worst_ns = took;
    if (getenv("WALLS_SHOW"))
        printf("%8.3f ms %5zu KB %-28s %s\n", (double)took / 1e6, vm->memory / 1024, evils[i].name,
               script_fault_text(fault));
    if (took > STALL_MAX_MS * INT64_C(1000000))
        fail_msg("%s: took %.3f ms", evils[i].name, (double)took / 1e6);
    script_thread_end(vm, &thread, outcome == SCRIPT_DONE);
}

static void test_evils(void **state)
{
    int64_t worst_ns = 0;
    for (size_t i = 0; i < sizeof evils / sizeof *evils; i++)
        run_one(*state, i, &worst_ns);
    printf("the longest took %.1f ms\n", (double)worst_ns / 1e6);
}

/* After all of that the state is as good as new. */
static void test_still_good(void **state)
{
    struct script_thread thread;
    for (size_t i = 0; i < sizeof evils / sizeof *evils; i++) {
        int64_t worst_ns = 0;
        run_one(*state, i, &worst_ns);
        assert_int_equal(sandbox_run(*state, &thread,
                                     "local t = {} for w in ('b a c'):gmatch('%a') do t[#t + 1] = w end\n"
                                     "table.sort(t) assert(table.concat(t) == 'abc')\n"
                                     "local co = coroutine.wrap(function(x) return coroutine.yield(x) + 1 end)\n"
                                     "assert(co(1) == 1 and co(2) == 3)\n"
                                     "assert(select(2, pcall(error, 'x')) == 'x')"),
                         SCRIPT_DONE);
        script_thread_end(*state, &thread, true);
    }
}

/* What a script keeps over calls is bounded, too, and the state can be used again once it lets go. */
static void test_kept_memory(void **state)
{
    struct script_vm *vm = *state;
    struct script_thread thread;
    bool full = false;
    sandbox_compile(
        vm, "local kept = {}\n"
            "return function(keep) if keep then kept[#kept + 1] = ('x'):rep(100000) .. #kept else kept = {} end end");
    lua_call(vm->lua, 0, 1);
    for (int i = 0; i < 1000 && !full; i++) {
        assert_true(script_thread_begin(vm, &thread));
        lua_pushvalue(vm->lua, -1);
        lua_xmove(vm->lua, thread.lua, 1);
        lua_pushboolean(thread.lua, true);
        full = script_vm_resume(vm, &thread, 1) == SCRIPT_FAULTY;
        if (full)
            assert_int_equal(vm->killed, SCRIPT_FAULT_MEMORY);
        script_thread_end(vm, &thread, !full);
    }
    assert_true(full);
    assert_in_range(vm->memory, test_budget.memory / 2, test_budget.memory + (1 << 20));
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

/* What PCRE2 and sets hold outside the state counts as the state's memory. */
static void test_outside_memory(void **state)
{
    static const char *const holders[] = { "return re.compile('(?:abc){900}')",
                                           "local t = {} for i = 1, 500 do t[i] = 'word' .. i end return set.of(t)" };
    (void)state;
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct script_vm *vm = sandbox_new();
        struct script_thread thread;
        lua_gc(vm->lua, LUA_GCCOLLECT);
        size_t before = vm->memory;
        assert_int_equal(sandbox_run(vm, &thread, holders[i]), SCRIPT_DONE);
        lua_gc(vm->lua, LUA_GCCOLLECT);
        assert_true(vm->memory > before + 8000);
        script_thread_end(vm, &thread, false);
        script_vm_free(vm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_evils, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_still_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kept_memory, set_up, tear_down),
        cmocka_unit_test(test_outside_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
