// sources: plugins/wire/percent.c plugins/wire/text.c
#include "percent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { ROOM = 32 };

static void decodes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "" },        { "plain", "plain" }, { "a%40b", "a@b" }, { "%2525", "%25" },
        { "%c3%A4", "ä" }, { "a+b", "a+b" },     { "%2f%2F", "//" }, { "%7e", "~" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[ROOM];
        size_t len = SIZE_MAX;
        strcpy(text, cases[i][0]);
        assert_true(percent_decode(text, &len));
        assert_string_equal(text, cases[i][1]);
        assert_int_equal(len, strlen(cases[i][1]));
    }
}

static void refuses_broken_escapes(void **state)
{
    (void)state;
    static const char *const cases[] = { "%", "a%", "%4", "%4g", "%g4", "%%41", "a%00b", "% 41" };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[ROOM];
        size_t len;
        strcpy(text, cases[i]);
        assert_false(percent_decode(text, &len));
    }
}

static void escapes_paths(void **state)
{
    (void)state;
    static const char path[] = "/apps/1/channels/presence-a@b,c;d=e.f~_\xc3\xa4% #";
    struct text text = { 0 };
    percent_put_path(&text, (struct carillon_str){ path, sizeof path - 1 });
    struct carillon_str out = text_str(&text);
    static const char wanted[] = "/apps/1/channels/presence-a%40b%2Cc%3Bd%3De.f~_%C3%A4%25%20%23";
    assert_int_equal(out.len, sizeof wanted - 1);
    assert_memory_equal(out.ptr, wanted, out.len);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(refuses_broken_escapes),
        cmocka_unit_test(escapes_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
