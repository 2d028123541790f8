/* The writer's output is read by jansson, whatever goes in. */
#include "base/json_writer.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *read_back(struct json_writer *writer)
{
    struct carillon_str text = json_writer_str(writer);
    json_error_t error;
    json_t *value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s in %s", error.text, text.ptr);
    return value;
}

static void test_shapes(void **state)
{
    struct json_writer writer = { 0 };
    (void)state;
    json_object_begin(&writer, NULL);
    json_write_int(&writer, "a", -5);
    json_array_begin(&writer, "b");
    json_object_begin(&writer, NULL);
    json_object_end(&writer);
    json_write_bool(&writer, NULL, true);
    json_write_uint(&writer, NULL, UINT64_MAX / 4);
    json_array_end(&writer);
    json_write_str_if(&writer, "absent", (struct carillon_str){ 0 });
    json_write_raw(&writer, "raw", CARILLON_STR("[1,{\"x\":null}]"));
    json_object_end(&writer);
    assert_string_equal(json_writer_str(&writer).ptr,
                        "{\"a\":-5,\"b\":[{},true,4611686018427387903],\"raw\":[1,{\"x\":null}]}");
    json_decref(read_back(&writer));
    json_writer_free(&writer);
}

static void assert_written(struct json_writer *writer, const char *expected)
{
    assert_string_equal(json_writer_str(writer).ptr, expected);
    json_writer_free(writer);
}

static void test_every_number(void **state)
{
    static const int64_t ints[] = { 0, 1, -1, 9, 10, -10, 1700000000123, INT64_MAX, INT64_MIN };
    static const uint64_t uints[] = { 0, 9, 10, 99, 100, UINT64_MAX };
    struct json_writer writer = { 0 };
    char expected[32];
    (void)state;
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        snprintf(expected, sizeof expected, "%" PRId64, ints[i]);
        json_write_int(&writer, NULL, ints[i]);
        assert_written(&writer, expected);
    }
    for (size_t i = 0; i < sizeof uints / sizeof uints[0]; i++) {
        snprintf(expected, sizeof expected, "%" PRIu64, uints[i]);
        json_write_uint(&writer, NULL, uints[i]);
        assert_written(&writer, expected);
    }
}

/* A field's name may come from a script. */
static void test_names_are_escaped(void **state)
{
    struct json_writer writer = { 0 };
    (void)state;
    json_object_begin(&writer, NULL);
    json_write_int(&writer, "a\"b\n", 1);
    json_write_str(&writer, "", (struct carillon_str){ 0 });
    json_object_end(&writer);
    json_t *value = read_back(&writer);
    assert_int_equal(json_integer_value(json_object_get(value, "a\"b\n")), 1);
    assert_string_equal(json_string_value(json_object_get(value, "")), "");
    json_decref(value);
    json_writer_free(&writer);
}

static void test_every_byte(void **state)
{
    struct json_writer writer = { 0 };
    char text[256];
    (void)state;
    for (int i = 0; i < 128; i++)
        text[i] = (char)i;
    json_write_str(&writer, NULL, (struct carillon_str){ text + 1, 127 });
    json_t *value = read_back(&writer);
    assert_memory_equal(json_string_value(value), text + 1, 127);
    json_decref(value);
    json_writer_reset(&writer);
    for (int i = 0; i < 256; i++)
        text[i] = (char)i;
    json_write_str(&writer, NULL, (struct carillon_str){ text + 1, 255 });
    json_decref(read_back(&writer)); /* what is no UTF-8 was replaced: else jansson refuses it */
    json_writer_free(&writer);
}

static void test_utf8(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
        { "\xf0\x9f\x94\x94", "\xf0\x9f\x94\x94" },
        { "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },                                 /* overlong */
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },                 /* a surrogate */
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* beyond U+10FFFF */
        { "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd" },                               /* cut off */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_writer writer = { 0 };
        json_write_text(&writer, NULL, rows[i].in);
        json_t *value = read_back(&writer);
        assert_string_equal(json_string_value(value), rows[i].out);
        json_decref(value);
        json_writer_free(&writer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_every_number),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
