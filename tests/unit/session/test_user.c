#include "unit/session/fixture.h"
#include "session/throttle.h"

static void test_ids(void **state)
{
    (void)state;
    char longest[130];
    memset(longest, 'x', 129);
    longest[128] = '\0';
    assert_true(user_id_valid(CARILLON_STR("a")));
    assert_true(user_id_valid(CARILLON_STR("g_0-=@,.;Z")));
    assert_true(user_id_valid(str_of(longest)));
    longest[128] = 'x';
    longest[129] = '\0';
    assert_false(user_id_valid(str_of(longest)));
    assert_false(user_id_valid(CARILLON_STR("")));
    assert_false(user_id_valid(CARILLON_STR("a b")));
    assert_false(user_id_valid(CARILLON_STR("#user")));
    assert_false(user_id_valid(CARILLON_STR("a\0b")));
    assert_false(user_id_valid(CARILLON_STR(SERVER_USER_ID)));
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = { "Ada",
                                        "Zo\xc3\xab",
                                        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
                                        "O'Neil, Jr.",
                                        "\xe5\xb1\xb1\xe7\x94\xb0",
                                        "\xd8\xb9\xd9\x84\xd9\x8a" };
    static const char *const bad[] = { "",
                                       "a\nb",
                                       "a\tb",
                                       "\x7f",
                                       "\xc2\x85",
                                       "\xe2\x80\xae"
                                       "abc",
                                       "a\xe2\x81\xa6"
                                       "b",
                                       "\xe2\x80\x8b",
                                       "\xef\xbb\xbf"
                                       "a",
                                       "\xff",
                                       "\xc3",
                                       "\xed\xa0\x80",
                                       "\xf3\xa0\x81\x81" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!user_name_valid(str_of(good[i])))
            fail_msg("good name %zu was refused", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (user_name_valid(str_of(bad[i])))
            fail_msg("bad name %zu was taken", i);
    assert_false(user_name_valid((struct carillon_str){ "a\0b", 3 }));
}

static void test_throttle(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_true(throttle_take("try", CARILLON_STR("main"), CARILLON_STR("a"), 5, 200000));
    assert_false(throttle_take("try", CARILLON_STR("main"), CARILLON_STR("a"), 5, 200000));
    assert_true(throttle_take("try", CARILLON_STR("main"), CARILLON_STR("b"), 5, 200000));
    assert_true(throttle_take("try", CARILLON_STR("second"), CARILLON_STR("a"), 5, 200000));
    assert_true(throttle_take("other", CARILLON_STR("main"), CARILLON_STR("a"), 5, 200000));
    usleep(250000);
    assert_true(throttle_take("try", CARILLON_STR("main"), CARILLON_STR("a"), 5, 200000));
    assert_false(throttle_take("try", CARILLON_STR("main"), CARILLON_STR("a"), 5, 200000));
    throttle_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_ids), cmocka_unit_test(test_names),
                                        cmocka_unit_test(test_throttle) };
    hash_seed_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
