// sources: plugins/sse/cursor.c plugins/wire/text.c
#include "cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct carillon_str sealed = CARILLON_STR("eyJ.abc-_9");

static struct carillon_str put(struct text *text, const struct cursor_place *places, size_t n)
{
    cursor_put(text, sealed, places, n);
    return text_str(text);
}

static void assert_str(struct carillon_str str, const char *expected)
{
    assert_non_null(str.ptr);
    assert_string_equal(str.ptr, expected);
    assert_int_equal(str.len, strlen(expected));
}

static void comes_back(void **state)
{
    (void)state;
    static const struct cursor_place places[] = { { CARILLON_STR("0123456789abcdef"), 0 },
                                                  { CARILLON_STR(""), 5 },
                                                  { CARILLON_STR("E_-"), (UINT64_C(1) << 53) - 1 } };
    struct text text = { 0 };
    struct carillon_str written = put(&text, places, 3);
    assert_memory_equal(written.ptr, "1~eyJ.abc-_9~0123456789abcdef.0~~E_-.9007199254740991", written.len);
    struct cursor cursor;
    assert_true(cursor_parse(&cursor, written));
    text_free(&text);
    assert_str(cursor.sealed, "eyJ.abc-_9");
    assert_int_equal(cursor.place_count, 3);
    assert_str(cursor.places[0].epoch, "0123456789abcdef");
    assert_int_equal(cursor.places[0].pos, 0);
    assert_null(cursor.places[1].epoch.ptr);
    assert_str(cursor.places[2].epoch, "E_-");
    assert_int_equal(cursor.places[2].pos, (UINT64_C(1) << 53) - 1);
}

static void holds_the_most_channels(void **state)
{
    (void)state;
    struct cursor_place places[CURSOR_PLACES_MAX];
    for (size_t i = 0; i < CURSOR_PLACES_MAX; i++)
        places[i] = (struct cursor_place){ CARILLON_STR("0123456789abcdef"), 1000000 + i };
    struct text text = { 0 };
    struct carillon_str written = put(&text, places, CURSOR_PLACES_MAX);
    /* with the longest identity it still fits what the host promises behind a flush */
    assert_true(written.len + CARILLON_SEALED_SIZE + sizeof "event: cursor\ndata:\nid: \n\n" <= CARILLON_FLUSH_ROOM);
    struct cursor *cursor = malloc(sizeof *cursor);
    assert_true(cursor_parse(cursor, written));
    assert_int_equal(cursor->place_count, CURSOR_PLACES_MAX);
    text_put_cstr(&text, "~");
    assert_false(cursor_parse(cursor, text_str(&text)));
    free(cursor);
    text_free(&text);
}

static void takes_short_ones(void **state)
{
    (void)state;
    struct cursor cursor;
    assert_true(cursor_parse(&cursor, CARILLON_STR("1~abc")));
    assert_int_equal(cursor.place_count, 0);
    assert_true(cursor_parse(&cursor, CARILLON_STR("1~~")));
    assert_int_equal(cursor.sealed.len, 0);
    assert_int_equal(cursor.place_count, 1);
}

static void refuses(void **state)
{
    (void)state;
    static const struct carillon_str cases[] = {
        { 0 },
        CARILLON_STR(""),
        CARILLON_STR("1"),
        CARILLON_STR("2~abc~e.1"),
        CARILLON_STR("abc~e.1"),
        CARILLON_STR("1~a b~e.1"),
        CARILLON_STR("1~abc~e"),
        CARILLON_STR("1~abc~.1"),
        CARILLON_STR("1~abc~e."),
        CARILLON_STR("1~abc~e.x"),
        CARILLON_STR("1~abc~e.-1"),
        CARILLON_STR("1~abc~e.+1"),
        CARILLON_STR("1~abc~e.1 "),
        CARILLON_STR("1~abc~e.1.2"),
        CARILLON_STR("1~abc~e.9007199254740992"),
        CARILLON_STR("1~abc~e.99999999999999999999999"),
        CARILLON_STR("1~abc~e\xc3\xa9.1"),
        CARILLON_STR("1~abc~e\n.1"),
        CARILLON_STR("1~abc\0~e.1"),
        CARILLON_STR("1~abc~012345678901234567890123456789012.1"),
    };
    struct cursor cursor;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cursor_parse(&cursor, cases[i]))
            fail_msg("taken: %s", cases[i].ptr);
    }
    char *long_text = malloc(CURSOR_MAX + 2);
    memset(long_text, 'a', CURSOR_MAX + 1);
    memcpy(long_text, "1~", 2);
    long_text[CURSOR_MAX + 1] = '\0';
    assert_false(cursor_parse(&cursor, (struct carillon_str){ long_text, CURSOR_MAX + 1 }));
    assert_false(cursor_parse(&cursor, (struct carillon_str){ long_text, CARILLON_SEALED_SIZE + 2 }));
    assert_true(cursor_parse(&cursor, (struct carillon_str){ long_text, CARILLON_SEALED_SIZE + 1 }));
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(holds_the_most_channels),
        cmocka_unit_test(takes_short_ones),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
