/* RETENTION: what is kept is a contiguous end of the positions. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *retain(struct fixture *f, uint64_t keep_count, int64_t before_ms,
                                               uint32_t limit)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = keep_count;
    r->in.before_ms = before_ms;
    r->in.limit = limit;
    run(f, r);
    return r;
}

static void assert_kept(struct fixture *f, uint64_t first, uint64_t last)
{
    struct carillon_conversation *c = view(f, "room", "ada");
    assert_int_equal(c->first_pos, first);
    assert_int_equal(c->last_pos, last);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
    r->in.after = first - 1;
    r->in.limit = 1000;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, last + 1 - first);
    for (size_t i = 0; i < r->out.count; i++)
        assert_int_equal(r->out.changes[i].pos, first + i);
}

static size_t history_count(struct fixture *f)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    r->in.limit = 1000;
    assert_result(run(f, r), OK);
    return r->out.count;
}

static void the_newest_are_kept(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 30);
    struct carillon_storage_request *r = retain(f, 10, 0, 1000);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 20);
    assert_false(r->out.more);
    assert_kept(f, 22, 31);
    assert_int_equal(history_count(f), 10);
    r = retain(f, 10, 0, 1000);
    assert_int_equal(r->out.count, 0);
    assert_false(r->out.more);
    assert_kept(f, 22, 31);
}

static void steps_are_bounded(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 30);
    size_t dropped = 0;
    for (bool more = true; more;) {
        struct carillon_storage_request *r = retain(f, 3, 0, 10);
        assert_result(r->result, OK);
        assert_true(r->out.count <= 10);
        dropped += r->out.count;
        more = r->out.more;
    }
    assert_int_equal(dropped, 27);
    assert_kept(f, 29, 31);
}

static void the_old_are_dropped(void **state)
{
    struct fixture *f = *state;
    clock_move(-10 * 86400000LL);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 10);
    react(f, "room", "bob", "many-1", "x", false);
    clock_move(0);
    say_many(f, "room", "ada", 5);
    uint64_t last = view(f, "room", "ada")->last_pos;
    struct carillon_storage_request *now = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    struct carillon_storage_request *r = retain(f, 0, now->in.now_ms - 86400000, 1000);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 10);
    assert_kept(f, last - 4, last);
    assert_int_equal(history_count(f), 5);
}

static void all_may_go(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 10);
    struct carillon_storage_request *r = retain(f, 0, INT64_MAX / 2, 1000);
    assert_int_equal(r->out.count, 10);
    assert_kept(f, 12, 11);
    assert_null(view(f, "room", "ada")->last_message);
    assert_int_equal(history_count(f), 0);
    assert_int_equal(say(f, "room", "ada", "m1", "goes on")->pos, 12);
    fixture_reopen(f);
    assert_kept(f, 12, 12);
    assert_int_equal(view(f, "room", "bob")->unread, 1);
}

static void no_bound_drops_nothing(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 10);
    assert_int_equal(retain(f, 0, 0, 1000)->out.count, 0);
    assert_int_equal(retain(f, 100, 0, 1000)->out.count, 0);
    assert_kept(f, 1, 11);
    assert_result(retain(f, 1, 0, 0)->result, INVALID);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "nowhere", NULL);
    r->in.keep = 1;
    assert_result(run(f, r), NOT_FOUND);
}

static void all_of_a_message_goes(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "rhinoceros");
    react(f, "room", "bob", "m1", "👍", false);
    say(f, "room", "ada", "m2", "kept");
    assert_int_equal(retain(f, 1, 0, 10)->out.count, 1);
    assert_result(act(f, CARILLON_STORAGE_MESSAGE_GET, "room", NULL, "m1")->result, NOT_FOUND);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, NULL);
    r->in.any = true;
    r->in.text = str("rhinoceros");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
    assert_result(react(f, "room", "bob", "m1", "👍", true)->result, NOT_FOUND);
}

/* A later change about a message that is gone stays in its place, and a client that replays it learns that. */
static void later_changes_of_a_dropped_message_stay(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "old");        /* 2 */
    say(f, "room", "ada", "m2", "new");        /* 3 */
    react(f, "room", "bob", "m1", "👍", false); /* 4: about m1 */
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "bob");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m3");
    r->in.text = str("answer");
    r->in.reply_to = str("m1");
    assert_result(run(f, r), OK); /* 5 */
    retain(f, 2, 0, 10);
    assert_kept(f, 3, 5);
    r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
    r->in.after = 2;
    assert_result(run(f, r), OK);
    struct carillon_message *gone = r->out.changes[1].message;
    assert_int_equal(r->out.changes[1].type, CARILLON_EVENT_REACTION_ADDED);
    assert_non_null(gone);
    assert_str(gone->id, "m1");
    assert_int_equal(gone->pos, 2);
    assert_str(gone->text, "");
    assert_true(gone->deleted_ms > 0);
    struct carillon_message *m = get_message(f, "room", "m3");
    assert_str(m->reply_to, "m1");
    assert_str(m->reply_text, "");
}

static void events_alone_are_dropped_too(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 100; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
        r->in.type = CARILLON_EVENT_EVENT;
        r->in.name = str("tick");
        assert_result(run(f, r), OK);
    }
    unsigned steps = 0;
    for (bool more = true; more; steps++) {
        struct carillon_storage_request *r = retain(f, 0, INT64_MAX / 2, 5);
        assert_result(r->result, OK);
        more = r->out.more;
    }
    assert_true(steps > 1 && steps < 20);
    assert_kept(f, 102, 101);
}

int run_retention_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_are_kept),
        TEST(steps_are_bounded),
        TEST(the_old_are_dropped),
        TEST(all_may_go),
        TEST(no_bound_drops_nothing),
        TEST(all_of_a_message_goes),
        TEST(later_changes_of_a_dropped_message_stay),
        TEST(events_alone_are_dropped_too),
    };
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
