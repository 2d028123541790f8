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

/* Everybody on the page is there, and was not seen before; returns how many they are. */
static size_t check_page(const struct carillon_members *members, bool seen[MANY])
{
    assert_true(members->count >= 1 && members->count <= ROLL_SLOT);
    for (size_t k = 0; k < members->count; k++) {
        size_t who = strtoul(members->users[k].id.ptr + 1, NULL, 10);
        assert_true(there[who] && !seen[who]);
        assert_null(members->infos[k].ptr);
        seen[who] = true;
    }
    return members->count;
}

/* Everybody who is there once, nobody else; the list begins with its first page; only the last section is not full. */
static void check(struct roll *roll)
{
    bool seen[MANY] = { false };
    size_t count = 0;
    struct carillon_roster *roster = roll_call(roll);
    for (size_t i = 0; i < roster->section_count; i++) {
        const struct roster_section *section = roster->sections[i];
        assert_true(section->page_count >= 1);
        assert_true(i + 1 == roster->section_count || section->page_count == ROSTER_SECTION_PAGES);
        for (size_t k = 0; k < section->page_count; k++) {
            assert_int_equal(section->pages[k]->members.first, i == 0 && k == 0);
            count += check_page(&section->pages[k]->members, seen);
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

static size_t count_sections(const struct carillon_roster *one, const struct carillon_roster *other)
{
    size_t n = 0;
    for (size_t i = 0; i < one->section_count && i < other->section_count; i++)
        n += one->sections[i] == other->sections[i];
    return n;
}

static size_t count_pages(const struct carillon_roster *one, const struct carillon_roster *other)
{
    size_t n = 0;
    for (size_t i = 0; i < one->section_count && i < other->section_count; i++) {
        const struct roster_section *a = one->sections[i], *b = other->sections[i];
        for (size_t k = 0; k < a->page_count && k < b->page_count; k++)
            n += a->pages[k] == b->pages[k];
    }
    return n;
}

/* What did not change is told as it was: the same pages and sections, with their encoded forms. */
static void test_sharing(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    prepare();
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    struct carillon_roster *before = roll_call(&roll), *same = roll_call(&roll);
    size_t pages = count_pages(before, before);
    assert_ptr_equal(before, same);
    assert_true(before->section_count > 1);
    assert_int_equal(pages, (MANY + ROLL_SLOT - 1) / ROLL_SLOT);
    toggle(&roll, 500);
    struct carillon_roster *without = roll_call(&roll);
    assert_int_equal(count_pages(before, without), pages - 1);
    assert_int_equal(count_sections(before, without), before->section_count - 1);
    assert_int_equal(before->count, MANY); /* who has the old one keeps it */
    assert_int_equal(without->count, MANY - 1);
    toggle(&roll, 500); /* into the place that is free: no page more */
    struct carillon_roster *again = roll_call(&roll);
    assert_int_equal(count_pages(again, again), pages);
    assert_int_equal(count_pages(without, again), pages - 1);
    roll_free(&roll);
    assert_string_equal(before->sections[0]->pages[0]->members.users[0].id.ptr, "m0");
    roster_unref(before);
    roster_unref(same);
    roster_unref(without);
    roster_unref(again);
}

/* A page that is empty is filled by the last one: nothing but these two sections is told anew. */
static void test_moving(void **state)
{
    (void)state;
    struct roll roll = { 0 };
    prepare();
    for (size_t i = 0; i < MANY; i++)
        toggle(&roll, i);
    struct carillon_roster *before = roll_call(&roll);
    for (size_t i = 0; i < ROLL_SLOT; i++) /* they stand together on the first */
        toggle(&roll, i);
    check(&roll);
    struct carillon_roster *after = roll_call(&roll);
    assert_int_equal(count_pages(after, after), count_pages(before, before) - 1);
    assert_int_equal(count_pages(before, after), count_pages(after, after) - 1);
    roster_unref(before);
    roster_unref(after);
    roll_free(&roll);
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
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
