/* APPEND: positions, what is stored, what is refused. */
#include "fixture.h"
#include "groups.h"

static struct carillon_storage_request *message(const char *conversation, const char *user, const char *id,
                                                const char *text)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, conversation, user);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = keep(r, str(text));
    return r;
}

static void positions_are_contiguous(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (uint64_t i = 2; i < 200; i++) {
        char id[24];
        snprintf(id, sizeof(id), "m%u", (unsigned)i);
        assert_int_equal(say(f, "room", "ada", id, "hi")->pos, i);
    }
    assert_int_equal(view(f, "room", "ada")->last_pos, 199);
    assert_int_equal(view(f, "room", "ada")->first_pos, 1);
}

static void positions_go_on_after_reopening(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_int_equal(say(f, "room", "ada", "m1", "one")->pos, 2);
    fixture_reopen(f);
    assert_int_equal(say(f, "room", "ada", "m2", "two")->pos, 3);
    assert_str(get_message(f, "room", "m1")->text, "one");
}

static void conversations_count_alone(void **state)
{
    struct fixture *f = *state;
    create(f, "a", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "b", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_int_equal(say(f, "a", "ada", "m1", "x")->pos, 2);
    assert_int_equal(say(f, "b", "ada", "m2", "x")->pos, 2);
    assert_int_equal(say(f, "a", "ada", "m3", "x")->pos, 3);
}

static void check_everything(const struct carillon_message *m, int64_t at_ms, uint64_t pos)
{
    assert_int_equal(m->pos, pos);
    assert_str(m->id, "m2");
    assert_str(m->conversation, "room");
    assert_str(m->author.id, "bob");
    assert_str(m->author.name, "Bob");
    assert_str(m->client_id, "c-1");
    assert_str(m->text, "Hello @ada");
    assert_str(m->data, "{\"a\":[1,2]}");
    assert_int_equal(m->created_ms, at_ms);
    assert_int_equal(m->edited_ms, 0);
    assert_int_equal(m->deleted_ms, 0);
    assert_absent(m->deleted_by);
    assert_str(m->reply_to, "m1");
    assert_str(m->reply_author.id, "ada");
    assert_str(m->reply_author.name, "Ada");
    assert_str(m->reply_text, "first");
    assert_int_equal(m->mention_count, 2);
    assert_str(m->mentions[0], "zoe");
    assert_str(m->mentions[1], "ada");
    assert_int_equal(m->reaction_count, 0);
}

static void everything_is_stored(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "first");
    struct carillon_storage_request *r = message("room", "bob", "m2", "Hello @ada");
    struct carillon_str mentions[] = { str("zoe"), str("ada"), str("zoe") };
    r->in.client_id = str("c-1");
    r->in.data = str("{\"a\":[1,2]}");
    r->in.reply_to = str("m1");
    r->in.mentions = mentions;
    r->in.mention_count = 3; /* the double one counts once */
    assert_result(run(f, r), OK);
    struct carillon_change *change = r->out.change;
    assert_int_equal(change->pos, 3);
    assert_int_equal(change->type, CARILLON_EVENT_MESSAGE_NEW);
    assert_str(change->actor.id, "bob");
    assert_str(change->actor.name, "Bob");
    assert_int_equal(change->at_ms, r->in.now_ms);
    check_everything(change->message, r->in.now_ms, 3);
    fixture_reopen(f);
    check_everything(get_message(f, "room", "m2"), r->in.now_ms, 3);
}

static void absent_stays_absent(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "");
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_str(m->text, "");
    assert_absent(m->data);
    assert_absent(m->client_id);
    assert_absent(m->reply_to);
    assert_int_equal(m->mention_count, 0);
}

static void author_keeps_the_name_of_then(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "old");
    struct carillon_storage_request *r = message("room", "ada", "m2", "new");
    r->in.user.name = str("Lovelace");
    assert_result(run(f, r), OK);
    assert_str(get_message(f, "room", "m1")->author.name, "Ada");
    assert_str(get_message(f, "room", "m2")->author.name, "Lovelace");
    assert_str(get_message(f, "room", "m2")->author.id, "ada");
}

static void reply_preview_is_live_and_short(void **state)
{
    struct fixture *f = *state;
    char text[300];
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    memset(text, 'x', 159);
    strcpy(text + 159, "ä and more");
    say(f, "room", "ada", "m1", text);
    struct carillon_storage_request *r = message("room", "bob", "m2", "yes");
    r->in.reply_to = str("m1");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.change->message->reply_text.len, 159); /* cut before the character that does not fit */

    r = request(CARILLON_STORAGE_EDIT, "room", "ada");
    r->in.id = str("m1");
    r->in.text = str("changed");
    assert_result(run(f, r), OK);
    assert_str(get_message(f, "room", "m2")->reply_text, "changed");

    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_str(get_message(f, "room", "m2")->reply_to, "m1");
    assert_str(get_message(f, "room", "m2")->reply_text, "");
    assert_str(get_message(f, "room", "m2")->reply_author.id, "ada");
}

static void reply_must_be_in_the_conversation(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "other", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "other", "ada", "m1", "elsewhere");
    struct carillon_storage_request *r = message("room", "ada", "m2", "x");
    r->in.reply_to = str("m1");
    assert_result(run(f, r), INVALID);
    assert_null(r->out.change);
    assert_int_equal(view(f, "room", "ada")->last_pos, 1);
}

static void unknown_conversation_is_not_found(void **state)
{
    struct fixture *f = *state;
    assert_result(run(f, message("nowhere", "ada", "m1", "x")), NOT_FOUND);
}

static void an_id_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "x");
    assert_result(run(f, message("room", "bob", "m1", "y")), INVALID);
    assert_str(get_message(f, "room", "m1")->text, "x");
    assert_int_equal(view(f, "room", "ada")->last_pos, 2);
}

static void events_are_changes_without_message(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_EVENT;
    r->in.name = str("order.paid");
    r->in.data = str("{\"n\":1}");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.change->pos, 2);
    assert_null(r->out.change->message);
    assert_str(r->out.change->name, "order.paid");
    assert_str(r->out.change->data, "{\"n\":1}");
    struct carillon_storage_request *h = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, h), OK);
    assert_int_equal(h->out.count, 0);
    assert_int_equal(view(f, "room", "bob")->unread, 0);
}

static void other_types_are_invalid(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *r = message("room", "ada", "m1", "x");
    r->in.type = CARILLON_EVENT_MEMBER_JOINED;
    assert_result(run(f, r), INVALID);
}

int run_append_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(positions_are_contiguous),
        TEST(positions_go_on_after_reopening),
        TEST(conversations_count_alone),
        TEST(everything_is_stored),
        TEST(absent_stays_absent),
        TEST(author_keeps_the_name_of_then),
        TEST(reply_preview_is_live_and_short),
        TEST(reply_must_be_in_the_conversation),
        TEST(unknown_conversation_is_not_found),
        TEST(an_id_twice_is_refused),
        TEST(events_are_changes_without_message),
        TEST(other_types_are_invalid),
    };
    return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
