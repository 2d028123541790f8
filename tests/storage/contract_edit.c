/* EDIT and DELETE. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *edit(struct fixture *f, const char *user, const char *id, const char *text)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_EDIT, "room", user);
    r->in.id = keep(r, str(id));
    r->in.text = keep(r, str(text));
    run(f, r);
    return r;
}

static size_t found_by(struct fixture *f, const char *words)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, NULL);
    r->in.any = true;
    r->in.text = str(words);
    assert_result(run(f, r), OK);
    return r->out.count;
}

static void an_edit_replaces_the_text(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "before");
    struct carillon_storage_request *r = edit(f, "bob", "m1", "after");
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->pos, 3);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MESSAGE_EDITED);
    assert_str(r->out.change->actor.id, "bob");
    struct carillon_message *m = r->out.change->message;
    assert_int_equal(m->pos, 2);
    assert_str(m->text, "after");
    assert_str(m->author.id, "ada");
    assert_int_equal(m->edited_ms, r->in.now_ms);
    fixture_reopen(f);
    assert_str(get_message(f, "room", "m1")->text, "after");
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
}

static void an_edit_replaces_mentions_and_data(void **state)
{
    struct fixture *f = *state;
    struct carillon_str first[] = { str("bob"), str("eve") }, second[] = { str("eve"), str("zoe") };
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m1");
    r->in.text = str("x");
    r->in.data = str("1");
    r->in.mentions = first;
    r->in.mention_count = 2;
    assert_result(run(f, r), OK);
    r = request(CARILLON_STORAGE_EDIT, "room", "ada");
    r->in.id = str("m1");
    r->in.text = str("y");
    r->in.data = str("2");
    r->in.mentions = second;
    r->in.mention_count = 2;
    assert_result(run(f, r), OK);
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_str(m->data, "2");
    assert_int_equal(m->mention_count, 2);
    assert_str(m->mentions[0], "eve");
    assert_str(m->mentions[1], "zoe");
    assert_int_equal(view(f, "room", "bob")->mentions, 0);
    assert_int_equal(view(f, "room", "zoe")->mentions, 1);
    assert_result(edit(f, "ada", "m1", "z")->result, OK);
    assert_str(get_message(f, "room", "m1")->data, "2"); /* not given: as it was */
}

static void an_edit_is_found_by_its_new_words(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "elephant");
    edit(f, "ada", "m1", "giraffe");
    assert_int_equal(found_by(f, "elephant"), 0);
    assert_int_equal(found_by(f, "giraffe"), 1);
}

static void edits_of_nothing_fail(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "other", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "other", "ada", "m1", "elsewhere");
    assert_result(edit(f, "ada", "m1", "x")->result, NOT_FOUND);
    say(f, "room", "ada", "m2", "here");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m2");
    struct carillon_storage_request *r = edit(f, "ada", "m2", "x");
    assert_result(r->result, GONE);
    assert_null(r->out.change);
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
}

static void a_deletion_leaves_a_tombstone(void **state)
{
    struct fixture *f = *state;
    struct carillon_str mentions[] = { str("bob") };
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m1");
    r->in.text = str("hippopotamus");
    r->in.data = str("\"secret\"");
    r->in.mentions = mentions;
    r->in.mention_count = 1;
    assert_result(run(f, r), OK);
    react(f, "room", "bob", "m1", "👍", false);
    r = act(f, CARILLON_STORAGE_DELETE, "room", "eve", "m1");
    assert_result(r->result, OK);
    assert_int_equal(r->out.change->pos, 4);
    assert_int_equal(r->out.change->type, CARILLON_EVENT_MESSAGE_DELETED);
    fixture_reopen(f);
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_int_equal(m->pos, 2);
    assert_str(m->author.id, "ada");
    assert_str(m->text, "");
    assert_absent(m->data);
    assert_int_equal(m->mention_count, 0);
    assert_int_equal(m->reaction_count, 0);
    assert_int_equal(m->deleted_ms, r->in.now_ms);
    assert_str(m->deleted_by, "eve");
    assert_int_equal(found_by(f, "hippopotamus"), 0);
    assert_int_equal(view(f, "room", "bob")->mentions, 0);
}

static void a_deletion_stays_in_the_history(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "one");
    say(f, "room", "ada", "m2", "two");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 2);
    assert_str(r->out.messages[0]->id, "m1");
    assert_str(r->out.messages[0]->text, "");
}

static void deleting_twice_changes_nothing(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "one");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    struct carillon_storage_request *r = act(f, CARILLON_STORAGE_DELETE, "room", "bob", "m1");
    assert_result(r->result, OK);
    assert_null(r->out.change);
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
    assert_str(get_message(f, "room", "m1")->deleted_by, "ada");
    assert_result(act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m9")->result, NOT_FOUND);
}

static void the_last_message_is_one_not_deleted(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_null(view(f, "room", "ada")->last_message);
    say(f, "room", "ada", "m1", "one");
    say(f, "room", "ada", "m2", "two");
    say(f, "room", "ada", "m3", "three");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m2");
    assert_str(view(f, "room", "ada")->last_message->id, "m3");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m3");
    assert_str(view(f, "room", "ada")->last_message->id, "m1");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_null(view(f, "room", "ada")->last_message);
    say(f, "room", "ada", "m4", "four");
    assert_str(view(f, "room", "ada")->last_message->id, "m4");
}

int run_edit_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_edit_replaces_the_text),         TEST(an_edit_replaces_mentions_and_data),
        TEST(an_edit_is_found_by_its_new_words), TEST(edits_of_nothing_fail),
        TEST(a_deletion_leaves_a_tombstone),     TEST(a_deletion_stays_in_the_history),
        TEST(deleting_twice_changes_nothing),    TEST(the_last_message_is_one_not_deleted),
    };
    return cmocka_run_group_tests_name("edit and delete", tests, NULL, NULL);
}
