// sources: plugins/wire/scan.c
#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void measures_depth(void **state)
{
    (void)state;
    static const struct {
        struct carillon_str json;
        unsigned depth;
    } cases[] = {
        { CARILLON_STR(""), 0 },
        { CARILLON_STR("7"), 0 },
        { CARILLON_STR("{}"), 1 },
        { CARILLON_STR("[[],[],[]]"), 2 },
        { CARILLON_STR("{\"a\":[{\"b\":1}]}"), 3 },
        { CARILLON_STR("[\"[[[[\", \"\\\"[[[[\"]"), 1 },
        { CARILLON_STR("]]]][["), 2 },
        { CARILLON_STR("\"open [[["), 0 },
        { CARILLON_STR("\"\\"), 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(scan_is_deeper(cases[i].json, cases[i].depth));
        if (cases[i].depth > 0)
            assert_true(scan_is_deeper(cases[i].json, cases[i].depth - 1));
    }
}

static void finds_members(void **state)
{
    (void)state;
    static const struct carillon_str object = CARILLON_STR(
        " { \"a\" : [1, {\"x\":\"}\"}] ,\n\"b,\\\"\":\"s,}\" , \"c\":-1.50e+2,\"d\":{} , \"e\" : true }");
    static const char *const values[] = { "[1, {\"x\":\"}\"}]", "\"s,}\"", "-1.50e+2", "{}", "true" };
    for (size_t i = 0; i < 5; i++) {
        struct carillon_str value = scan_member(object, i);
        assert_int_equal(value.len, strlen(values[i]));
        assert_memory_equal(value.ptr, values[i], value.len);
    }
    struct carillon_str value = scan_member(CARILLON_STR("{\"a\":1}"), 0);
    assert_int_equal(value.len, 1);
}

static void compacts(void **state)
{
    (void)state;
    static const struct carillon_str json = CARILLON_STR("{ \"a b\" :\t[ 1 ,\r\n\"x \\\" y\" ] }");
    char out[64];
    size_t len = scan_compact(json, out);
    static const char expected[] = "{\"a b\":[1,\"x \\\" y\"]}";
    assert_int_equal(len, sizeof expected - 1);
    assert_memory_equal(out, expected, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_depth),
        cmocka_unit_test(finds_members),
        cmocka_unit_test(compacts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
