// sources: plugins/sse/channels.c plugins/wire/percent.c plugins/wire/text.c
#include "channels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void takes_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *names[3];
        size_t count;
    } cases[] = {
        { "general", { "general" }, 1 },  { "a,b,c", { "a", "b", "c" }, 3 },
        { "b,a", { "b", "a" }, 2 },       { "#conversations,a%2Cb", { "#conversations", "a,b" }, 2 },
        { "a%2cb,a", { "a,b", "a" }, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct channels channels;
        struct carillon_str list = { cases[i].list, strlen(cases[i].list) };
        assert_null(channels_parse(&channels, list, 3));
        assert_int_equal(channels.count, cases[i].count);
        size_t bytes = 0;
        for (size_t j = 0; j < channels.count; j++) {
            assert_string_equal(channels.names[j].ptr, cases[i].names[j]);
            assert_int_equal(channels.names[j].len, strlen(cases[i].names[j]));
            bytes += channels.names[j].len + 1;
        }
        assert_int_equal(channels.bytes, bytes);
        channels_free(&channels);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        struct carillon_str list;
        const char *why;
    } cases[] = {
        { { 0 }, "channels is missing" },
        { CARILLON_STR(""), "channels is missing" },
        { CARILLON_STR(","), "channels holds an empty or broken name" },
        { CARILLON_STR("a,"), "channels holds an empty or broken name" },
        { CARILLON_STR("a,,b"), "channels holds an empty or broken name" },
        { CARILLON_STR("a%"), "channels holds an empty or broken name" },
        { CARILLON_STR("a%2"), "channels holds an empty or broken name" },
        { CARILLON_STR("a%2g"), "channels holds an empty or broken name" },
        { CARILLON_STR("a%00b"), "channels holds an empty or broken name" },
        { CARILLON_STR("a,b,a"), "channels names one twice" },
        { CARILLON_STR("a,%61"), "channels names one twice" },
        { CARILLON_STR("a,b,c,d"), "too many channels" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct channels channels;
        const char *why = channels_parse(&channels, cases[i].list, 3);
        assert_non_null(why);
        assert_string_equal(why, cases[i].why);
        channels_free(&channels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(takes_lists), cmocka_unit_test(refuses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
