// sources: plugins/pusher/fallback_lines.c plugins/wire/text.c
#include "fallback_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static void puts_frames_and_closes_on_lines(void **state)
{
    (void)state;
    struct text text = { 0 };
    line_put_frame(&text, str("{\"event\":\"a\\\\b\",\"data\":\"gr\xc3\xbc\xc3\x9f\"}"));
    line_put_close(&text, 4100, str("Over \"capacity\""));
    text_put(&text, "", 1);
    assert_string_equal(text.bytes,
                        "a[\"{\\\"event\\\":\\\"a\\\\\\\\b\\\",\\\"data\\\":\\\"gr\xc3\xbc\xc3\x9f\\\"}\"]\n"
                        "c[4100,\"Over \\\"capacity\\\"\"]\n");
    text_free(&text);
}

static void a_frame_fits_where_its_bound_says(void **state)
{
    (void)state;
    char bytes[LINE_FRAME_MAX(4)];
    struct text text = text_in(bytes, sizeof bytes);
    line_put_frame(&text, str("\"\\\"\\"));
    assert_false(text.failed);
    assert_int_equal(text.len, sizeof bytes);
}

static void counts_as_javascript_does(void **state)
{
    (void)state;
    assert_int_equal(line_count_units(str("")), 0);
    assert_int_equal(line_count_units(str("abc\n")), 4);
    assert_int_equal(line_count_units(str("\xc3\xa9\xe2\x82\xac")), 2);
    assert_int_equal(line_count_units(str("\xf0\x9f\x98\x80!")), 3);
}

static void takes_arrays_of_strings_only(void **state)
{
    (void)state;
    static const char *const bad[] = { "",         "[",          "{}",           "\"a\"",
                                       "null",     "[1]",        "[\"a\",null]", "[[\"a\"]]",
                                       "[\"a\"]x", "[\"\xff\"]", "[\"\\u0000\"]" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(frames_parse(str(bad[i])));
    assert_null(frames_parse((struct carillon_str){ 0 }));
    json_t *none = frames_parse(str("[]")), *two = frames_parse(str(" [\"{}\", \"b\"] "));
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(json_array_size(two), 2);
    assert_string_equal(json_string_value(json_array_get(two, 1)), "b");
    json_decref(none);
    json_decref(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_frames_and_closes_on_lines),
        cmocka_unit_test(a_frame_fits_where_its_bound_says),
        cmocka_unit_test(counts_as_javascript_does),
        cmocka_unit_test(takes_arrays_of_strings_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
