#include "message/emoji.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define STYLE "\xef\xb8\x8f"
#define PLAIN "\xef\xb8\x8e"
#define JOINER "\xe2\x80\x8d"

static void one_way_to_write_each(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "❤", "❤" STYLE },
        { "❤" STYLE, "❤" STYLE },
        { "❤" PLAIN, "❤" STYLE },
        { "❤" STYLE STYLE, "❤" STYLE },
        { "👍", "👍" },
        { "👍" STYLE, "👍" },
        { "👍🏽", "👍🏽" },
        { "☝", "☝" STYLE },
        { "☝🏽", "☝🏽" },
        { "☝" STYLE "🏽", "☝🏽" },
        { "1\xe2\x83\xa3", "1" STYLE "\xe2\x83\xa3" },
        { "1" STYLE "\xe2\x83\xa3", "1" STYLE "\xe2\x83\xa3" },
        { "1", "1" },
        { "❤" JOINER "🔥", "❤" STYLE JOINER "🔥" },
        { "🏳" JOINER "🌈", "🏳" STYLE JOINER "🌈" },
        { "🏃🏽" JOINER "♀", "🏃🏽" JOINER "♀" STYLE },
        { "👁" STYLE JOINER "🗨", "👁" STYLE JOINER "🗨" STYLE },
        { "🇩🇪", "🇩🇪" },
        { ":shipit:", ":shipit:" },
        { "日本", "日本" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        size_t len = emoji_normalize((struct carillon_str){ cases[i].in, strlen(cases[i].in) }, out, sizeof out);
        assert_string_equal(out, cases[i].out);
        assert_int_equal(len, strlen(cases[i].out));
        char again[64];
        emoji_normalize((struct carillon_str){ out, len }, again, sizeof again);
        assert_string_equal(again, out);
    }
}

static void what_is_none_or_does_not_fit(void **state)
{
    char out[8];
    (void)state;
    assert_int_equal(emoji_normalize(CARILLON_STR(""), out, sizeof out), 0);
    assert_int_equal(emoji_normalize(CARILLON_STR(STYLE), out, sizeof out), 0);
    assert_int_equal(emoji_normalize(CARILLON_STR("\xff"), out, sizeof out), 0);
    assert_int_equal(emoji_normalize(CARILLON_STR("\xe2\x9d"), out, sizeof out), 0);
    assert_int_equal(emoji_normalize(CARILLON_STR("❤"), out, sizeof out), 6);
    assert_int_equal(emoji_normalize(CARILLON_STR("❤❤"), out, sizeof out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_to_write_each),
        cmocka_unit_test(what_is_none_or_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
