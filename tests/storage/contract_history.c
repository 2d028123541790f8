/* HISTORY and MESSAGE_GET. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *page(struct fixture *f, uint64_t before, uint64_t after, bool from_start,
                                             uint32_t limit)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    r->in.before = before;
    r->in.after = after;
    r->in.from_start = from_start;
    r->in.limit = limit;
    run(f, r);
    return r;
}

static void assert_positions(const struct carillon_storage_request *r, uint64_t first, size_t count, bool more)
{
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, count);
    assert_int_equal(r->out.more, more);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(r->out.messages[i]->pos, first + i);
}

static void pages_in_both_directions(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_int_equal(say_many(f, "room", "ada", 30), 31); /* 2 to 31 */
    assert_positions(page(f, 0, 0, false, 10), 22, 10, true);
    assert_positions(page(f, 22, 0, false, 10), 12, 10, true);
    assert_positions(page(f, 12, 0, false, 10), 2, 10, false);
    assert_positions(page(f, 2, 0, false, 10), 0, 0, false);
    assert_positions(page(f, 0, 0, true, 10), 2, 10, true);
    assert_positions(page(f, 0, 21, false, 10), 22, 10, false);
    assert_positions(page(f, 0, 20, false, 10), 21, 10, true);
    assert_positions(page(f, 0, 31, false, 10), 0, 0, false);
    assert_positions(page(f, 1000000, 0, false, 30), 2, 30, false);
    assert_positions(page(f, UINT64_MAX / 2, 0, false, 1), 31, 1, true);
}

static void only_messages_are_history(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "x");
    react(f, "room", "bob", "m1", "👍", false);
    join(f, "room", "bob", CARILLON_ROLE_MEMBER);
    say(f, "room", "ada", "m2", "y");
    struct carillon_storage_request *r = page(f, 0, 0, false, 10);
    assert_int_equal(r->out.count, 2);
    assert_int_equal(r->out.messages[0]->pos, 2);
    assert_int_equal(r->out.messages[1]->pos, 5);
}

static void pages_do_not_shift_while_others_write(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 20);
    uint64_t before = page(f, 0, 0, false, 5)->out.messages[0]->pos;
    say_many(f, "room", "bob", 7);
    assert_positions(page(f, before, 0, false, 5), before - 5, 5, true);
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    assert_result(page(f, 0, 0, false, 10)->result, NOT_FOUND);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(page(f, 0, 0, false, 0)->result, INVALID);
    assert_result(page(f, 0, 0, false, 1001)->result, INVALID);
    assert_result(act(f, CARILLON_STORAGE_MESSAGE_GET, "room", NULL, "m1")->result, NOT_FOUND);
    create(f, "other", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "other", "ada", "m1", "elsewhere");
    assert_result(act(f, CARILLON_STORAGE_MESSAGE_GET, "room", NULL, "m1")->result, NOT_FOUND);
}

static void a_full_page_of_long_texts(void **state)
{
    struct fixture *f = *state;
    enum { LONG = 4096 };
    static char text[LONG + 1];
    memset(text, 'a', LONG);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 1000; i++) {
        char id[24];
        snprintf(id, sizeof(id), "m%d", i);
        text[0] = (char)('a' + i % 26);
        say(f, "room", "ada", id, text);
        if (i % 100 == 0)
            request_free_all();
    }
    struct carillon_storage_request *r = page(f, 0, 0, false, 1000);
    assert_positions(r, 2, 1000, false);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(r->out.messages[i]->text.len, LONG);
        assert_int_equal(r->out.messages[i]->text.ptr[0], 'a' + i % 26);
    }
}

int run_history_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_in_both_directions),
        TEST(only_messages_are_history),
        TEST(pages_do_not_shift_while_others_write),
        TEST(refusals),
        TEST(a_full_page_of_long_texts),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
