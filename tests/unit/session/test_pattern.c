#include "session/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool matches(const char *pattern, const char *text)
{
    return pattern_match((struct carillon_str){ pattern, strlen(pattern) },
                         (struct carillon_str){ text, strlen(text) });
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "*", "anything", true },
        { "chat", "chat", true },
        { "chat", "chats", false },
        { "chat", "cha", false },
        { "chat-*", "chat-", true },
        { "chat-*", "chat-1", true },
        { "chat-*", "chat", false },
        { "*-1", "chat-1", true },
        { "*-1", "chat-1-1", true },
        { "*-1", "chat-12", false },
        { "a*b*c", "abc", true },
        { "a*b*c", "aXbYbZc", true },
        { "a*b*c", "acb", false },
        { "**", "x", true },
        { "a.c", "abc", false },
        { "[ab]", "a", false },
        { "a*", "A1", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (matches(cases[i].pattern, cases[i].text) != cases[i].match)
            fail_msg("'%s' on '%s' should give %d", cases[i].pattern, cases[i].text, cases[i].match);
}

/* A pattern of many stars must not take exponential time; ctest's time limit would notice. */
static void test_many_stars(void **state)
{
    (void)state;
    char pattern[401], text[4001];
    for (size_t i = 0; i < 400; i += 2)
        memcpy(pattern + i, "a*", 2);
    pattern[400] = '\0';
    memset(text, 'a', 4000);
    text[4000] = '\0';
    assert_true(matches(pattern, text));
    pattern[399] = 'b';
    assert_false(matches(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_patterns), cmocka_unit_test(test_many_stars) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
