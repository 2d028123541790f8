#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *bytes;
    bool valid;
} table[] = {
    { "", true },
    { "plain ASCII that is longer than one machine word", true },
    { "\xc2\x80", true },         /* U+0080, the first of two bytes */
    { "\xdf\xbf", true },         /* U+07FF */
    { "\xe0\xa0\x80", true },     /* U+0800 */
    { "\xed\x9f\xbf", true },     /* U+D7FF, before the surrogates */
    { "\xee\x80\x80", true },     /* U+E000, behind them */
    { "\xef\xbf\xbf", true },     /* U+FFFF */
    { "\xf0\x90\x80\x80", true }, /* U+10000 */
    { "\xf4\x8f\xbf\xbf", true }, /* U+10FFFF, the last */
    { "caf\xc3\xa9 \xf0\x9f\x94\x94 and more ASCII behind it", true },
    { "\x80", false }, /* a continuation alone */
    { "\xbf", false },
    { "\xc0\xaf", false }, /* overlong '/' */
    { "\xc1\xbf", false },
    { "\xe0\x9f\xbf", false },     /* overlong U+07FF */
    { "\xf0\x8f\xbf\xbf", false }, /* overlong U+FFFF */
    { "\xed\xa0\x80", false },     /* the first surrogate */
    { "\xed\xbf\xbf", false },     /* the last */
    { "\xf4\x90\x80\x80", false }, /* U+110000 */
    { "\xf5\x80\x80\x80", false },
    { "\xff", false },
    { "\xfe", false },
    { "12345678\xe2\x82", false }, /* ends inside a character */
    { "\xe2\x82 ", false },        /* broken off */
    { "\xc3\xc3\xa9", false },
};

static void check_whole_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (utf8_is_valid(table[i].bytes, strlen(table[i].bytes)) != table[i].valid)
            fail_msg("row %zu", i);
    assert_true(utf8_is_valid("a\0b", 3));
}

/* Wherever a text is cut into two pieces the answer is the same. */
static void check_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t len = strlen(table[i].bytes);
        for (size_t cut = 0; cut <= len; cut++) {
            struct utf8_check check = { 0 };
            bool valid = utf8_check_feed(&check, table[i].bytes, cut) &&
                         utf8_check_feed(&check, table[i].bytes + cut, len - cut) && utf8_check_complete(&check);
            if (valid != table[i].valid)
                fail_msg("row %zu cut at %zu", i, cut);
        }
    }
}

/* A byte that cannot go on is refused when it comes, not at the end of the text. */
static void fail_early(void **state)
{
    (void)state;
    struct utf8_check check = { 0 };
    assert_true(utf8_check_feed(&check, "\xed", 1));
    assert_false(utf8_check_complete(&check));
    assert_false(utf8_check_feed(&check, "\xa0", 1));
    check = (struct utf8_check){ 0 };
    assert_true(utf8_check_feed(&check, "\xf4\x8f", 2));
    assert_false(utf8_check_feed(&check, "\xc0", 1));
}

/* Every code point, encoded here by its definition, and every one that must not be. */
static void accept_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0x80; c < 0x110000; c++) {
        char s[4];
        size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        s[0] = (char)(lead[len] | c >> (6 * (len - 1)));
        for (size_t i = 1; i < len; i++)
            s[i] = (char)(0x80 | (c >> (6 * (len - 1 - i)) & 0x3f));
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        if (utf8_is_valid(s, len) == surrogate || utf8_character_length(s, len) != (surrogate ? 0 : len))
            fail_msg("U+%04X", c);
        if (!surrogate && utf8_character_length(s, len - 1) != 0)
            fail_msg("U+%04X cut short", c);
    }
}

static void cut_between_characters(void **state)
{
    (void)state;
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94"; /* at 0, 1, 3, 6; 10 bytes */
    static const size_t expected[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
    for (size_t max = 0; max < sizeof expected / sizeof expected[0]; max++)
        assert_int_equal(utf8_cut(text, sizeof text - 1, max), expected[max]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_whole_texts),
        cmocka_unit_test(check_pieces),
        cmocka_unit_test(fail_early),
        cmocka_unit_test(accept_every_code_point),
        cmocka_unit_test(cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
