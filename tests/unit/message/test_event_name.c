#include "message/event_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool valid(const char *name)
{
    return event_name_valid((struct carillon_str){ name, strlen(name) });
}

static void test_good(void **state)
{
    (void)state;
    static const char *const good[] = { "order-paid",  "client-move", "a",      "pusher:ping",
                                        "Game.Over_2", "messages",    "reader", "typing.fast" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!valid(good[i]))
            fail_msg("%s was refused", good[i]);
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "with space",
                                       "new\nline",
                                       "m\xc3\xa4h",
                                       "message",
                                       "message.new",
                                       "message.pinned",
                                       "presence.joined",
                                       "typing",
                                       "read",
                                       "event",
                                       "conversation.x",
                                       "member.joined",
                                       "reaction.added" };
    char longest[102];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (valid(bad[i]))
            fail_msg("%s was taken", bad[i]);
    memset(longest, 'x', 101);
    longest[101] = '\0';
    assert_false(valid(longest));
    assert_true(valid(longest + 1));
    assert_false(event_name_valid((struct carillon_str){ "a\0b", 3 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
