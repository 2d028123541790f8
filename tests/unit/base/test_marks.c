/* No text is so full of marks that it takes long to fold, and no language's text is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fold.h"
#include "base/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t bound(const char *text, char *out)
{
    size_t len = marks_bound((struct carillon_str){ text, strlen(text) }, out);
    out[len] = '\0';
    return len;
}

static char *repeat(const char *unit, size_t times)
{
    size_t len = strlen(unit);
    char *text = malloc(len * times + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * len, unit, len);
    text[len * times] = '\0';
    return text;
}

static void test_kept(void **unused)
{
    (void)unused;
    static const char *const texts[] = { "",   "plain", "e\u0301 a\u0323\u0301", "हिन्दी",   "שָׁלוֹם",
                                         "ﾊﾞ", "Việt",  "👩\u200d👩\u200d👧",       "\xff\xfe" };
    char out[64];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bound(texts[i], out);
        assert_string_equal(out, texts[i]);
    }
}

/* However they are written, at most so many marks stay on one character. */
static void test_bounded(void **unused)
{
    (void)unused;
    static const char *const units[] = { "\u0301", "\u0301\u0323", "\u0f73", "\u0301\u200d", "\u0323\uff9e" };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char *text = repeat(units[i], 2000), *out = malloc(strlen(text) + 1);
        assert_non_null(out);
        size_t len = bound(text, out), joiners = strstr(units[i], "\u200d") ? 2000 * strlen("\u200d") : 0;
        assert_true(len >= MARKS_MAX);
        assert_true(len <= MARKS_MAX * strlen("\u0f73") + joiners);
        free(text);
        free(out);
    }
}

static void test_fold(void **unused)
{
    (void)unused;
    char *one = fold_text((struct carillon_str){ "STRASSE Zoe\u0308", strlen("STRASSE Zoe\u0308") });
    char *two = fold_text((struct carillon_str){ "straße zoë", strlen("straße zoë") });
    assert_non_null(one);
    assert_string_equal(one, two);
    free(one);
    free(two);
    assert_null(fold_text((struct carillon_str){ "\xff", 1 }));
    char *none = fold_text((struct carillon_str){ 0 });
    assert_string_equal(none, "");
    free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
