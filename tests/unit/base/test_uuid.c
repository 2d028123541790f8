/* Ids are version 7 UUIDs, sorted by their time, and no two are the same though their randomness is fetched for many. */
#include "base/uuid.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000 };

static void test_form(void **state)
{
    char id[UUID_TEXT_SIZE];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        uuid_make_v7(id, 0x0123456789ab);
        assert_int_equal(strlen(id), UUID_TEXT_SIZE - 1);
        assert_memory_equal(id, "01234567-89ab-7", 15);
        assert_int_equal(strspn(id, "0123456789abcdef-"), UUID_TEXT_SIZE - 1);
        assert_true(id[18] == '-' && id[23] == '-');
        assert_non_null(strchr("89ab", id[19])); /* the variant */
    }
}

static void test_sorted_by_time(void **state)
{
    char before[UUID_TEXT_SIZE], after[UUID_TEXT_SIZE];
    (void)state;
    uuid_make_v7(before, 1700000000000);
    for (int64_t ms = 1; ms < MANY; ms++) {
        uuid_make_v7(after, 1700000000000 + ms);
        assert_true(strcmp(before, after) < 0);
        memcpy(before, after, sizeof before);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_no_two_are_the_same(void **state)
{
    static char ids[MANY][UUID_TEXT_SIZE];
    (void)state;
    for (int i = 0; i < MANY; i++)
        uuid_make_v7(ids[i], 1700000000000);
    qsort(ids, MANY, UUID_TEXT_SIZE, compare);
    for (int i = 1; i < MANY; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_sorted_by_time),
        cmocka_unit_test(test_no_two_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
