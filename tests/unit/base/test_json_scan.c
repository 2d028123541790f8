#include "base/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct carillon_str str_of(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static void expect(struct carillon_str found, const char *wanted)
{
    if (!wanted) {
        assert_null(found.ptr);
        return;
    }
    assert_non_null(found.ptr);
    assert_int_equal(found.len, strlen(wanted));
    assert_memory_equal(found.ptr, wanted, found.len);
}

static void test_members(void **state)
{
    (void)state;
    static const char *const text =
        " { \"a\" : 1.50 , \"b,}\":\"x\\\"}\\\\\",\n\"c\":[1,{\"a\":2}, \"]\"], \"d\":{},\"\":null,\"e\":-0e1}";
    expect(json_scan_member(str_of(text), "a"), "1.50");
    expect(json_scan_member(str_of(text), "b,}"), "\"x\\\"}\\\\\"");
    expect(json_scan_member(str_of(text), "c"), "[1,{\"a\":2}, \"]\"]");
    expect(json_scan_member(str_of(text), "d"), "{}");
    expect(json_scan_member(str_of(text), ""), "null");
    expect(json_scan_member(str_of(text), "e"), "-0e1");
    expect(json_scan_member(str_of(text), "f"), NULL);
    expect(json_scan_member(str_of("{}"), "a"), NULL);
    expect(json_scan_member(str_of("{\"\\u0061\":1}"), "a"), NULL); /* the caller has the tree, too */
}

static void test_elements(void **state)
{
    (void)state;
    static const char *const text = "[ {\"a\":[1,2]} ,\"x,y\", 3 ]";
    expect(json_scan_element(str_of(text), 0), "{\"a\":[1,2]}");
    expect(json_scan_element(str_of(text), 1), "\"x,y\"");
    expect(json_scan_element(str_of(text), 2), "3");
    expect(json_scan_element(str_of(text), 3), NULL);
    expect(json_scan_element(str_of("[]"), 0), NULL);
}

static void test_compact(void **state)
{
    (void)state;
    char out[100];
    static const char *const text = " { \"a b\" : [ 1 ,\t2.0 ,\n\" \\\" x \" ] }\r\n";
    size_t len = json_scan_compact(str_of(text), out);
    expect((struct carillon_str){ out, len }, "{\"a b\":[1,2.0,\" \\\" x \"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_members), cmocka_unit_test(test_elements),
                                        cmocka_unit_test(test_compact) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
