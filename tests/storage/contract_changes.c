/* CHANGES: a replay that converges. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *after(struct fixture *f, uint64_t pos, uint32_t limit)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
    r->in.after = pos;
    r->in.limit = limit;
    run(f, r);
    return r;
}

static void every_kind_is_replayed(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC); /* 1 */
    say(f, "room", "ada", "m1", "one");                   /* 2 */
    react(f, "room", "bob", "m1", "👍", false);            /* 3 */
    react(f, "room", "bob", "m1", "👍", true);             /* 4 */
    join(f, "room", "bob", CARILLON_ROLE_MEMBER);         /* 5 */
    struct carillon_storage_request *r = request(CARILLON_STORAGE_EDIT, "room", "ada");
    r->in.id = str("m1");
    r->in.text = str("edited");
    assert_result(run(f, r), OK); /* 6 */
    r = request(CARILLON_STORAGE_APPEND, "room", "bob");
    r->in.type = CARILLON_EVENT_EVENT;
    r->in.name = str("order.paid");
    r->in.data = str("[1]");
    assert_result(run(f, r), OK); /* 7 */
    r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, "room", "ada");
    r->in.text = str("Lobby");
    assert_result(run(f, r), OK);                         /* 8 */
    say(f, "room", "bob", "m2", "two");                   /* 9 */
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m2"); /* 10 */

    r = after(f, 0, 100);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 10);
    assert_false(r->out.more);
    static const enum carillon_event_type types[] = { CARILLON_EVENT_CONVERSATION_CREATED,
                                                      CARILLON_EVENT_MESSAGE_NEW,
                                                      CARILLON_EVENT_REACTION_ADDED,
                                                      CARILLON_EVENT_REACTION_REMOVED,
                                                      CARILLON_EVENT_MEMBER_JOINED,
                                                      CARILLON_EVENT_MESSAGE_EDITED,
                                                      CARILLON_EVENT_EVENT,
                                                      CARILLON_EVENT_CONVERSATION_UPDATED,
                                                      CARILLON_EVENT_MESSAGE_NEW,
                                                      CARILLON_EVENT_MESSAGE_DELETED };
    struct carillon_change *c = r->out.changes;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(c[i].pos, i + 1);
        assert_int_equal(c[i].type, types[i]);
        assert_true(c[i].at_ms > 0);
    }
    assert_str(c[0].name, "room!");
    assert_str(c[1].message->text, "edited"); /* as it is now */
    assert_int_equal(c[1].message->reaction_count, 0);
    assert_str(c[2].emoji, "👍");
    assert_str(c[2].actor.id, "bob");
    assert_str(c[2].message->id, "m1");
    assert_str(c[4].member.id, "bob");
    assert_str(c[4].member.name, "Bob");
    assert_int_equal(c[4].role, CARILLON_ROLE_MEMBER);
    assert_null(c[4].message);
    assert_str(c[6].name, "order.paid");
    assert_str(c[6].data, "[1]");
    assert_null(c[6].message);
    assert_str(c[7].name, "Lobby");
    assert_str(c[8].message->text, "");
    assert_true(c[8].message->deleted_ms > 0);
    assert_str(c[9].actor.id, "ada");
    assert_str(c[9].message->id, "m2");
}

static void pages_join_without_hole(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 20);
    uint64_t pos = 0;
    unsigned pages = 0;
    for (bool more = true; more; pages++) {
        struct carillon_storage_request *r = after(f, pos, 6);
        assert_result(r->result, OK);
        for (size_t i = 0; i < r->out.count; i++)
            assert_int_equal(r->out.changes[i].pos, ++pos);
        more = r->out.more;
        if (pages == 1)
            say_many(f, "room", "bob", 5);
    }
    assert_int_equal(pos, 26);
    assert_int_equal(pages, 5);
    struct carillon_storage_request *r = after(f, 26, 6);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 0);
    assert_false(r->out.more);
    assert_int_equal(after(f, 1000, 6)->out.count, 0);
}

static void before_what_is_kept_is_gone(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 20);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = 5;
    assert_result(run(f, r), OK);
    uint64_t first = view(f, "room", "ada")->first_pos;
    assert_int_equal(first, 17);
    assert_result(after(f, 0, 10)->result, GONE);
    assert_result(after(f, first - 2, 10)->result, GONE);
    r = after(f, first - 1, 10);
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 5);
    assert_int_equal(r->out.changes[0].pos, first);
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    assert_result(after(f, 0, 10)->result, NOT_FOUND);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(after(f, 0, 0)->result, INVALID);
    assert_result(after(f, 0, 1001)->result, INVALID);
}

int run_changes_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_is_replayed),
        TEST(pages_join_without_hole),
        TEST(before_what_is_kept_is_gone),
        TEST(refusals),
    };
    return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
