// sources: plugins/wire/text.c
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_text(struct text *text, const char *expected)
{
    struct carillon_str str = text_str(text);
    assert_non_null(str.ptr);
    assert_int_equal(str.len, strlen(expected));
    assert_memory_equal(str.ptr, expected, str.len);
    text_free(text);
}

static void escapes_strings(void **state)
{
    (void)state;
    static const struct {
        struct carillon_str in;
        const char *out;
    } cases[] = {
        { CARILLON_STR(""), "\"\"" },
        { CARILLON_STR("plain"), "\"plain\"" },
        { CARILLON_STR("a\"b\\c"), "\"a\\\"b\\\\c\"" },
        { CARILLON_STR("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"" },
        { CARILLON_STR("\x01\x1f\x7f"), "\"\\u0001\\u001f\x7f\"" },
        { CARILLON_STR("nul \0 inside"), "\"nul \\u0000 inside\"" },
        { CARILLON_STR("☃ </script>"), "\"☃ </script>\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text = { 0 };
        text_put_json_str(&text, cases[i].in);
        assert_text(&text, cases[i].out);
    }
}

static void writes_numbers(void **state)
{
    (void)state;
    struct text text = { 0 };
    text_put_uint(&text, UINT64_MAX);
    text_put(&text, " ", 1);
    text_put_int(&text, INT64_MIN);
    assert_text(&text, "18446744073709551615 -9223372036854775808");
}

static void keeps_json_on_one_line(void **state)
{
    (void)state;
    struct text text = { 0 };
    text_put_json(&text, CARILLON_STR("{\r\n\"a\": \"\\n\"\n}"));
    text_put_json(&text, (struct carillon_str){ 0 });
    assert_text(&text, "{  \"a\": \"\\n\" }null");
}

static void grows(void **state)
{
    (void)state;
    struct text text = { 0 };
    for (int i = 0; i < 100000; i++)
        text_put_cstr(&text, "0123456789");
    assert_false(text.failed);
    assert_int_equal(text_str(&text).len, 1000000);
    assert_memory_equal(text.bytes + 999990, "0123456789", 10);
    text_free(&text);
}

static void stays_in_given_memory(void **state)
{
    (void)state;
    char bytes[8] = "........";
    struct text text = text_in(bytes, 4);
    text_put_cstr(&text, "abcd");
    assert_int_equal(text_str(&text).len, 4);
    text_put_cstr(&text, "e");
    assert_true(text.failed);
    assert_null(text_str(&text).ptr);
    text_put_cstr(&text, "");
    assert_memory_equal(bytes, "abcd....", 8);
    text_free(&text); /* must not free what it was given */
}

/* The bound that the codecs allocate by is reached and not passed. */
static void bounds_escaped_strings(void **state)
{
    (void)state;
    char in[50];
    memset(in, 1, sizeof in);
    char out[TEXT_JSON_STR_MAX(sizeof in)];
    struct text text = text_in(out, sizeof out);
    text_put_json_str(&text, (struct carillon_str){ in, sizeof in });
    assert_false(text.failed);
    assert_int_equal(text.len, sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_strings),        cmocka_unit_test(writes_numbers),
        cmocka_unit_test(keeps_json_on_one_line), cmocka_unit_test(grows),
        cmocka_unit_test(stays_in_given_memory),  cmocka_unit_test(bounds_escaped_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
