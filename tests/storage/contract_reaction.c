/* REACT. */
#include "fixture.h"
#include "groups.h"

static void begin(struct fixture *f)
{
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "react to this");
}

static void a_reaction_is_a_change(void **state)
{
    struct fixture *f = *state;
    begin(f);
    struct carillon_storage_request *r = react(f, "room", "bob", "m1", "👍", false);
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->pos, 3);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_REACTION_ADDED);
    assert_str(r->out.change->emoji, "👍");
    assert_str(r->out.change->actor.id, "bob");
    struct carillon_message *m = r->out.change->message;
    assert_int_equal(m->reaction_count, 1);
    assert_int_equal(m->reactions[0].count, 1);
    assert_int_equal(m->reactions[0].user_count, 1);
    assert_str(m->reactions[0].users[0].id, "bob");
    assert_str(m->reactions[0].users[0].name, "Bob");
    r = react(f, "room", "bob", "m1", "👍", true);
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->pos, 4);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_REACTION_REMOVED);
    assert_int_equal(r->out.change->message->reaction_count, 0);
}

static void what_is_there_already_changes_nothing(void **state)
{
    struct fixture *f = *state;
    begin(f);
    struct carillon_storage_request *r = react(f, "room", "bob", "m1", "👍", true);
    assert_result(r->result, OK);
    assert_null(r->out.change);
    react(f, "room", "bob", "m1", "👍", false);
    r = react(f, "room", "bob", "m1", "👍", false);
    assert_result(r->result, OK);
    assert_null(r->out.change);
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
}

static void reactions_keep_their_order(void **state)
{
    struct fixture *f = *state;
    begin(f);
    react(f, "room", "zoe", "m1", "🎉", false);
    react(f, "room", "bob", "m1", "👍", false);
    react(f, "room", "ada", "m1", "🎉", false);
    react(f, "room", "eve", "m1", "🎉", false);
    react(f, "room", "ada", "m1", "🎉", true);
    react(f, "room", "ada", "m1", "🎉", false);
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_int_equal(m->reaction_count, 2);
    assert_str(m->reactions[0].emoji, "🎉");
    assert_int_equal(m->reactions[0].count, 3);
    assert_str(m->reactions[0].users[0].id, "zoe");
    assert_str(m->reactions[0].users[1].id, "eve");
    assert_str(m->reactions[0].users[2].id, "ada");
    assert_str(m->reactions[1].emoji, "👍");
}

static void fifty_users_are_listed_and_all_counted(void **state)
{
    struct fixture *f = *state;
    char user[24];
    begin(f);
    for (int i = 0; i < 120; i++) {
        snprintf(user, sizeof(user), "user%03d", i);
        assert_result(react(f, "room", user, "m1", "👍", false)->result, OK);
    }
    react(f, "room", "user007", "m1", "👍", true);
    react(f, "room", "bob", "m1", "🎉", false);
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_int_equal(m->reaction_count, 2);
    assert_int_equal(m->reactions[0].count, 119);
    assert_int_equal(m->reactions[0].user_count, 50);
    assert_str(m->reactions[0].users[0].id, "user000");
    assert_str(m->reactions[0].users[49].id, "user050");
    assert_int_equal(m->reactions[1].user_count, 1);
}

static void fifty_emoji_are_the_limit(void **state)
{
    struct fixture *f = *state;
    char emoji[24];
    begin(f);
    for (int i = 0; i < 50; i++) {
        snprintf(emoji, sizeof(emoji), "e%02d", i);
        assert_result(react(f, "room", "bob", "m1", emoji, false)->result, OK);
    }
    struct carillon_storage_request *r = react(f, "room", "ada", "m1", "one more", false);
    assert_result(r->result, LIMIT);
    assert_null(r->out.change);
    assert_result(react(f, "room", "ada", "m1", "e07", false)->result, OK);
    assert_result(react(f, "room", "bob", "m1", "e08", true)->result, OK);
    assert_result(react(f, "room", "ada", "m1", "one more", false)->result, OK);
    assert_int_equal(get_message(f, "room", "m1")->reaction_count, 50);
}

static void reactions_to_nothing_fail(void **state)
{
    struct fixture *f = *state;
    begin(f);
    assert_result(react(f, "room", "bob", "m9", "👍", false)->result, NOT_FOUND);
    assert_result(react(f, "nowhere", "bob", "m1", "👍", false)->result, NOT_FOUND);
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_result(react(f, "room", "bob", "m1", "👍", false)->result, GONE);
}

static void a_page_has_each_message_s_own(void **state)
{
    struct fixture *f = *state;
    begin(f);
    say(f, "room", "ada", "m2", "nobody reacts");
    say(f, "room", "ada", "m3", "three");
    react(f, "room", "bob", "m3", "🎉", false);
    react(f, "room", "bob", "m1", "👍", false);
    react(f, "room", "eve", "m3", "👍", false);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.messages[0]->reaction_count, 1);
    assert_int_equal(r->out.messages[1]->reaction_count, 0);
    assert_int_equal(r->out.messages[2]->reaction_count, 2);
    assert_str(r->out.messages[2]->reactions[1].users[0].id, "eve");
}

int run_reaction_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reaction_is_a_change),        TEST(what_is_there_already_changes_nothing),
        TEST(reactions_keep_their_order),    TEST(fifty_users_are_listed_and_all_counted),
        TEST(fifty_emoji_are_the_limit),     TEST(reactions_to_nothing_fail),
        TEST(a_page_has_each_message_s_own),
    };
    return cmocka_run_group_tests_name("reactions", tests, NULL, NULL);
}
