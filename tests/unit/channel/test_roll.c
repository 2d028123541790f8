/* The roll: random comings and goings beside a plain list, what rosters share, and what is given back. */
#include "channel/roll.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000, TURNS = 3000 };

static struct roll_entry entries[MANY];
static char names[MANY][16];
static bool there[MANY];

static void prepare(void)
{
    memset(there, 0, sizeof there);
    for (size_t i = 0; i < MANY; i++) {
        int len = snprintf(names[i], sizeof names[i], "m%zu", i);
        entries[i] = (struct roll_entry){ .user = { .id = { names[i], (size_t)len } } };
    }
}

static void toggle(struct roll *roll, size_t i)
{
    if (there[i])
        roll_remove(roll, &entries[i]);
    else
        roll_add(roll, &entries[i]);
    there[i] = !there[i];
}

/* Everybody who is there once, nobody else; the list begins with its first page. */
static void check(struct roll *roll)
{
    bool seen[MANY] = { false };
    size_t count = 0;
    struct carillon_roster *roster = roll_call(roll);
    for (size_t i = 0; i < roster->page_count; i++) {
        const struct carillon_members *members = &roster->pages[i]->members;
        assert_true(members->count >= 1 && members->count <= ROLL_SLOT);
        assert_int_equal(members->first, i == 0);
        for (size_t k = 0; k < members->count; k++) {
            size_t who = strtoul(members->users[k].id.ptr + 1, NULL, 10);
            assert_true(there[who] && !seen[who]);
            assert_null(members->infos[k].ptr);
            seen[who] = true;
            count++;
        }
    }
    assert_int_equal(count, roster->count);
    assert_int_equal(count, roll->count);
    assert_memory_equal(seen, there, sizeof seen);
    roster_unref(roster);
}

static void test_changes(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    srandom(7);
    prepare();
    check(&roll);
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    check(&roll);
    for (size_t i = 0; i < TURNS; i++) {
        toggle(&roll, (size_t)random() % MANY);
        if (i % 50 == 0)
            check(&roll);
    }
    for (size_t i = 0; i < MANY; i++) /* first to last, so that each slot is the first once */
        if (there[i]) {
            toggle(&roll, i);
            check(&roll);
        }
    assert_int_equal(roll.slot_count, 0);
    roll_free(&roll);
}

static size_t count_shared(const struct carillon_roster *one, const struct carillon_roster *other)
{
    size_t n = 0;
    for (size_t i = 0; i < one->page_count && i < other->page_count; i++)
        n += one->pages[i] == other->pages[i];
    return n;
}

/* What did not change is told as it was: the same pages, with their encoded forms. */
static void test_sharing(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    prepare();
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    struct carillon_roster *before = roll_call(&roll), *same = roll_call(&roll);
    assert_ptr_equal(before, same);
    toggle(&roll, 500);
    struct carillon_roster *without = roll_call(&roll);
    assert_int_equal(count_shared(before, without), before->page_count - 1);
    assert_int_equal(before->count, MANY); /* who has the old one keeps it */
    assert_int_equal(without->count, MANY - 1);
    toggle(&roll, 500); /* into the place that is free: no page more */
    struct carillon_roster *again = roll_call(&roll);
    assert_int_equal(again->page_count, before->page_count);
    assert_int_equal(count_shared(without, again), again->page_count - (MANY % ROLL_SLOT ? 1 : 0));
    roll_free(&roll);
    assert_string_equal(before->pages[0]->members.users[0].id.ptr, "m0");
    roster_unref(before);
    roster_unref(same);
    roster_unref(without);
    roster_unref(again);
}

/* The slots of those who left are used again, and given back. */
static void test_bounds(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    prepare();
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    size_t slots = roll.slot_count;
    for (size_t i = 0; i < TURNS; i++) {
        toggle(&roll, i % MANY);
        toggle(&roll, i % MANY);
    }
    assert_true(roll.slot_count <= slots);
    roll_free(&roll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
