/* JSON in scripts: what is read and written, and what is refused. Hostile use is in test_walls.c. */
#include "unit/lua/sandbox.h"

static const char *const texts[] = {
    "local v = json.decode(' {\"a\": [1, 2.5, null, \"\\\\u00e9\", {}], \"b\": true, \"c\": null} ')\n"
    "assert(math.type(v.a[1]) == 'integer' and v.a[2] == 2.5 and v.a[3] == nil and v.a[4] == '\xc3\xa9')\n"
    "assert(type(v.a[5]) == 'table' and v.b == true and v.c == nil)",
    "assert(json.encode({ 1, 'x\\n', { a = false } }) == '[1,\"x\\\\n\",{\"a\":false}]')",
    "assert(json.encode({}) == '{}' and json.encode('a\"b') == '\"a\\\\\"b\"' and json.encode(nil) == 'null')",
    "assert(json.encode(0.5) == '0.5' and json.encode(-7) == '-7' and json.encode(1e300) == '1e+300')",
    "local v, why = json.decode('{') assert(v == nil and why:find('line 1'))",
    "local v, why = json.decode('') assert(v == nil and why)",
    "assert(json.decode('[' .. ('[]'):rep(1) .. ']')[1][1] == nil)",
    "local t = { list = { 1, 2, 3 }, text = 'h\xc3\xa4', yes = true, deep = { { { n = 1 } } } }\n"
    "local same = json.decode(json.encode(t))\n"
    "assert(#same.list == 3 and same.text == t.text and same.yes and same.deep[1][1].n == 1)",
    "for _, bad in ipairs { 0/0, 1/0, json.encode, '\\xff', { [true] = 1 }, { [1.5] = 1 }, { ['a\\0b'] = 1 } } do\n"
    "    assert(not pcall(json.encode, bad))\n"
    "end",
    "assert(not pcall(json.encode) and not pcall(json.decode) and not pcall(json.decode, 1))",
    "assert(not pcall(json.decode, ('['):rep(33) .. (']'):rep(33)) and json.decode(('['):rep(31) .. (']'):rep(31)))",
    ("local odd = setmetatable({}, { __index = error, __pairs = error, __len = error }) assert(json.encode(odd) == "
     "'{}')"),
};

static void test_json(void **unused)
{
    (void)unused;
    struct script_vm *vm = sandbox_new();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct script_thread thread;
        enum script_outcome outcome = sandbox_run(vm, &thread, texts[i]);
        if (outcome != SCRIPT_DONE)
            fail_msg("%s: %s", texts[i], lua_tostring(thread.lua, -1));
        script_thread_end(vm, &thread, true);
    }
    script_vm_free(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_json) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
