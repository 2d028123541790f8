/* Client ids: a retry gives the first result; another body under the same id is a conflict. */
#include "fixture.h"
#include "groups.h"

static const int64_t day_ms = INT64_C(86400000);

static struct carillon_storage_request *publish(const char *conversation, const char *user, const char *id,
                                                const char *client_id, unsigned char digest)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, conversation, user);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = keep(r, str(id));
    r->in.client_id = keep(r, str(client_id));
    memset(r->in.submitted, digest, sizeof(r->in.submitted));
    return r;
}

static struct carillon_storage_request *look_up(struct fixture *f, const char *user, const char *client_id)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CLIENT_ID_GET, "room", user);
    r->in.client_id = keep(r, str(client_id));
    run(f, r);
    return r;
}

static void a_retry_gives_the_first_result(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    say(f, "room", "ada", "m2", "between");
    for (int i = 0; i < 2; i++) {
        struct carillon_storage_request *r = publish("room", "ada", "m3", "c1", 7);
        assert_result(run(f, r), DUPLICATE);
        assert_int_equal(r->out.change->pos, 2);
        assert_int_equal(r->out.change->type, CARILLON_EVENT_MESSAGE_NEW);
        assert_str(r->out.change->message->id, "m1");
        assert_str(r->out.change->message->text, "m1");
        fixture_reopen(f);
    }
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
}

static void another_body_is_a_conflict(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    struct carillon_storage_request *r = publish("room", "ada", "m2", "c1", 8);
    assert_result(run(f, r), CONFLICT);
    assert_null(r->out.change);
    assert_int_equal(view(f, "room", "ada")->last_pos, 2);
}

static void ids_belong_to_author_and_conversation(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "other", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    assert_result(run(f, publish("room", "bob", "m2", "c1", 8)), OK);
    assert_result(run(f, publish("other", "ada", "m3", "c1", 9)), OK);
}

static void an_edit_keeps_the_digest(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_EDIT, "room", "ada");
    r->in.id = str("m1");
    r->in.text = str("edited");
    assert_result(run(f, r), OK);
    r = publish("room", "ada", "m2", "c1", 7);
    assert_result(run(f, r), DUPLICATE);
    assert_str(r->out.change->message->text, "edited");
}

static void a_retry_after_deletion_is_a_duplicate(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    struct carillon_storage_request *r = publish("room", "ada", "m2", "c1", 7);
    assert_result(run(f, r), DUPLICATE);
    assert_int_equal(r->out.change->pos, 2);
    assert_str(r->out.change->message->text, "");
}

static void ids_outlive_their_messages(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    say(f, "room", "ada", "m2", "newer");
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = 1;
    assert_result(run(f, r), OK);
    r = publish("room", "ada", "m3", "c1", 7);
    assert_result(run(f, r), DUPLICATE);
    assert_int_equal(r->out.change->pos, 2);
    assert_str(r->out.change->message->id, "m1");
    assert_str(r->out.change->message->text, "");
    assert_result(run(f, publish("room", "ada", "m3", "c1", 8)), CONFLICT);
}

static void ids_are_forgotten_after_the_ttl(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    clock_move(6 * day_ms);
    assert_result(run(f, publish("room", "ada", "m2", "c1", 7)), DUPLICATE);
    assert_result(look_up(f, "ada", "c1")->result, OK);
    clock_move(8 * day_ms);
    assert_result(look_up(f, "ada", "c1")->result, NOT_FOUND);
    assert_result(run(f, publish("room", "ada", "m2", "c1", 9)), OK);
    assert_result(run(f, publish("room", "ada", "m3", "c1", 9)), DUPLICATE);
}

static void an_id_can_be_looked_up(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, publish("room", "ada", "m1", "c1", 7)), OK);
    struct carillon_storage_request *r = look_up(f, "ada", "c1");
    assert_result(r->result, OK);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.messages[0]->id, "m1");
    assert_int_equal(r->out.messages[0]->pos, 2);
    unsigned char digest[sizeof(r->out.submitted)];
    memset(digest, 7, sizeof(digest));
    assert_memory_equal(r->out.submitted, digest, sizeof(digest));
    assert_result(look_up(f, "ada", "c2")->result, NOT_FOUND);
    assert_result(look_up(f, "bob", "c1")->result, NOT_FOUND);
}

static void events_have_client_ids_too(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 2; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
        r->in.type = CARILLON_EVENT_EVENT;
        r->in.name = str("ping");
        r->in.client_id = str("c1");
        assert_int_equal(run(f, r), i ? CARILLON_DUPLICATE : CARILLON_OK);
        assert_int_equal(r->out.change->pos, 2);
        assert_int_equal(r->out.change->type, CARILLON_EVENT_EVENT);
        assert_null(r->out.change->message);
    }
    assert_int_equal(look_up(f, "ada", "c1")->out.messages[0]->pos, 2);
}

static void both_tries_in_one_batch(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *batch[] = { publish("room", "ada", "m1", "c1", 7),
                                                 publish("room", "ada", "m2", "c1", 7),
                                                 publish("room", "ada", "m3", "c1", 8) };
    assert_result(run_batch(f, batch, 3), OK);
    assert_result(batch[0]->result, OK);
    assert_result(batch[1]->result, DUPLICATE);
    assert_str(batch[1]->out.change->message->id, "m1");
    assert_result(batch[2]->result, CONFLICT);
}

int run_client_id_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_retry_gives_the_first_result),
        TEST(another_body_is_a_conflict),
        TEST(ids_belong_to_author_and_conversation),
        TEST(an_edit_keeps_the_digest),
        TEST(a_retry_after_deletion_is_a_duplicate),
        TEST(ids_outlive_their_messages),
        TEST(ids_are_forgotten_after_the_ttl),
        TEST(an_id_can_be_looked_up),
        TEST(events_have_client_ids_too),
        TEST(both_tries_in_one_batch),
    };
    return cmocka_run_group_tests_name("client ids", tests, NULL, NULL);
}
