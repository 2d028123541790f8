/* HELD_*: what waits for a moderator. */
#include "fixture.h"
#include "groups.h"

static const int64_t hour_ms = 3600000;

static struct carillon_storage_request *put(struct fixture *f, const char *channel, const char *user, const char *id,
                                            const char *queue)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HELD_PUT, channel, user);
    r->in.id = keep(r, str(id));
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.text = keep(r, str("is this fine?"));
    r->in.queue = keep(r, str(queue));
    r->in.expires_ms = r->in.now_ms + hour_ms;
    r->in.limit = 3;
    (void)f;
    return r;
}

static struct carillon_storage_request *hold(struct fixture *f, const char *channel, const char *user, const char *id)
{
    struct carillon_storage_request *r = put(f, channel, user, id, "default");
    run(f, r);
    return r;
}

static struct carillon_storage_request *list(struct fixture *f, const char *channel, const char *queue)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HELD_LIST, channel, "ada");
    r->in.limit = 100;
    if (queue)
        r->in.queue = keep(r, str(queue));
    assert_result(run(f, r), OK);
    return r;
}

static void it_is_kept_as_it_was_given(void **state)
{
    struct fixture *f = *state;
    struct carillon_str mentions[] = { str("bob"), str("eve") };
    struct carillon_storage_request *made = put(f, "room", "ada", "m-1", "links");
    made->in.data = str("{\"a\":1}");
    made->in.reply_to = str("m-0");
    made->in.client_id = str("mine");
    made->in.reason = str("it has a link");
    made->in.mentions = mentions;
    made->in.mention_count = 2;
    memset(made->in.submitted, 7, sizeof made->in.submitted);
    assert_result(run(f, made), OK);
    struct carillon_storage_request *read = act(f, CARILLON_STORAGE_HELD_GET, "room", "ada", "m-1");
    assert_result(read->result, OK);
    for (int i = 0; i < 2; i++) {
        const struct carillon_storage_output *out = i ? &made->out : &read->out;
        assert_int_equal(out->count, 1);
        assert_str(out->held->id, "m-1");
        assert_str(out->held->conversation, "room");
        assert_str(out->held->author.id, "ada");
        assert_str(out->held->author.name, "Ada");
        assert_str(out->held->queue, "links");
        assert_str(out->held->reason, "it has a link");
        assert_int_equal(out->held->type, CARILLON_EVENT_MESSAGE_NEW);
        assert_str(out->held->text, "is this fine?");
        assert_str(out->held->data, "{\"a\":1}");
        assert_str(out->held->reply_to, "m-0");
        assert_str(out->held->client_id, "mine");
        assert_absent(out->held->name);
        assert_memory_equal(out->held->submitted, made->in.submitted, sizeof made->in.submitted);
        assert_int_equal(out->held->mention_count, 2);
        assert_str(out->held->mentions[0], "bob");
        assert_str(out->held->mentions[1], "eve");
        assert_int_equal(out->held->created_ms, made->in.now_ms);
        assert_int_equal(out->held->expires_ms, made->in.expires_ms);
    }
}

static void an_event_can_be_held(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *r = put(f, "room", "ada", "e-1", "default");
    r->in.type = CARILLON_EVENT_EVENT;
    r->in.text = (struct carillon_str){ 0 };
    r->in.name = str("dice");
    r->in.data = str("6");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.held->type, CARILLON_EVENT_EVENT);
    assert_str(r->out.held->name, "dice");
    assert_absent(r->out.held->text);
    assert_int_equal(r->out.held->mention_count, 0);
}

static void it_is_removed_once(void **state)
{
    struct fixture *f = *state;
    hold(f, "room", "ada", "m-1");
    assert_result(act(f, CARILLON_STORAGE_HELD_REMOVE, "other", "bob", "m-1")->result, NOT_FOUND);
    struct carillon_storage_request *r = act(f, CARILLON_STORAGE_HELD_REMOVE, "room", "bob", "m-1");
    assert_result(r->result, OK);
    assert_str(r->out.held->text, "is this fine?");
    assert_result(act(f, CARILLON_STORAGE_HELD_REMOVE, "room", "bob", "m-1")->result, NOT_FOUND);
    assert_result(act(f, CARILLON_STORAGE_HELD_GET, "room", "bob", "m-1")->result, NOT_FOUND);
}

static void it_outlives_a_restart(void **state)
{
    struct fixture *f = *state;
    hold(f, "room", "ada", "m-1");
    fixture_reopen(f);
    assert_int_equal(list(f, "room", NULL)->out.count, 1);
}

static void a_list_has_pages_the_oldest_first(void **state)
{
    struct fixture *f = *state;
    const char *const ids[] = { "m-1", "m-2", "m-3" };
    for (size_t i = 0; i < 3; i++)
        assert_result(hold(f, "room", "ada", ids[i])->result, OK);
    hold(f, "elsewhere", "ada", "m-4");
    struct carillon_str cursor = { 0 };
    for (size_t i = 0; i < 3; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_HELD_LIST, "room", "ada");
        r->in.limit = 1;
        r->in.cursor = keep(r, cursor);
        assert_result(run(f, r), OK);
        assert_int_equal(r->out.count, 1);
        assert_str(r->out.held[0].id, ids[i]);
        assert_int_equal(r->out.more, i < 2);
        cursor = r->out.cursor;
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HELD_LIST, "room", "ada");
    r->in.limit = 1;
    r->in.cursor = str("no cursor");
    assert_result(run(f, r), INVALID);
}

static void without_a_conversation_all_are_listed(void **state)
{
    struct fixture *f = *state;
    hold(f, "room", "ada", "m-1");
    hold(f, "elsewhere", "ada", "m-2");
    struct carillon_storage_request *r = list(f, NULL, NULL);
    assert_int_equal(r->out.count, 2);
    assert_str(r->out.held[0].conversation, "room");
    assert_str(r->out.held[1].conversation, "elsewhere");
    r = request_of("other", CARILLON_STORAGE_HELD_LIST, NULL, "ada");
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
}

static void a_queue_is_listed_and_bounded_apart(void **state)
{
    struct fixture *f = *state;
    const char *const ids[] = { "m-1", "m-2", "m-3" };
    for (size_t i = 0; i < 3; i++)
        assert_result(hold(f, "room", "ada", ids[i])->result, OK);
    assert_result(hold(f, "room", "ada", "m-4")->result, LIMIT);
    struct carillon_storage_request *other = put(f, "room", "ada", "m-5", "links");
    assert_result(run(f, other), OK);
    assert_result(hold(f, "other", "ada", "m-6")->result, OK);
    assert_int_equal(list(f, "room", NULL)->out.count, 4);
    assert_int_equal(list(f, "room", "links")->out.count, 1);
    assert_int_equal(list(f, "room", "nobody")->out.count, 0);
    act(f, CARILLON_STORAGE_HELD_REMOVE, "room", "bob", "m-1");
    assert_result(hold(f, "room", "ada", "m-4")->result, OK);
}

static void a_client_id_is_held_once(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *r = put(f, "room", "ada", "m-1", "default");
    r->in.client_id = str("k");
    assert_result(run(f, r), OK);
    r = put(f, "room", "ada", "m-2", "default");
    r->in.client_id = str("k");
    assert_result(run(f, r), DUPLICATE);
    assert_str(r->out.held->id, "m-1");
    r = put(f, "room", "ada", "m-3", "default");
    r->in.client_id = str("k");
    r->in.submitted[0] = 1;
    assert_result(run(f, r), CONFLICT);
    r = put(f, "room", "bob", "m-4", "default");
    r->in.client_id = str("k");
    assert_result(run(f, r), OK);
    r = put(f, "other", "ada", "m-5", "default");
    r->in.client_id = str("k");
    assert_result(run(f, r), OK);
    assert_int_equal(list(f, "room", NULL)->out.count, 2);
}

static void what_has_expired_is_gone(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *r = put(f, "room", "ada", "m-1", "default");
    r->in.client_id = str("k");
    r->in.expires_ms = r->in.now_ms - 1;
    assert_result(run(f, r), OK);
    assert_int_equal(list(f, "room", NULL)->out.count, 0);
    assert_result(act(f, CARILLON_STORAGE_HELD_GET, "room", "bob", "m-1")->result, NOT_FOUND);
    assert_result(act(f, CARILLON_STORAGE_HELD_REMOVE, "room", "bob", "m-1")->result, NOT_FOUND);
    for (int i = 0; i < 3; i++) { /* it takes no place, and its client id is free */
        const char *const ids[] = { "m-1", "m-2", "m-3" };
        r = put(f, "room", "ada", ids[i], "default");
        if (i == 0)
            r->in.client_id = str("k");
        assert_result(run(f, r), OK);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct fixture *f = *state;
    hold(f, "room", "ada", "m-1");
    assert_result(hold(f, "room", "bob", "m-1")->result, INVALID);
    struct carillon_storage_request *r = put(f, "room", "ada", "m-2", "default");
    r->in.text = (struct carillon_str){ 0 };
    assert_result(run(f, r), INVALID);
    r = put(f, "room", "ada", "m-2", "default");
    r->in.type = CARILLON_EVENT_EVENT;
    assert_result(run(f, r), INVALID);
    r = put(f, "room", "ada", "m-2", "default");
    r->in.queue = (struct carillon_str){ 0 };
    assert_result(run(f, r), INVALID);
    assert_int_equal(list(f, "room", NULL)->out.count, 1);
}

static void apps_and_forgotten_people_are_apart(void **state)
{
    struct fixture *f = *state;
    hold(f, "room", "ada", "m-1");
    hold(f, "room", "bob", "m-2");
    struct carillon_storage_request *r = request_of("other", CARILLON_STORAGE_HELD_LIST, "room", "ada");
    r->in.limit = 10;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 0);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    r = list(f, "room", NULL);
    assert_int_equal(r->out.count, 1);
    assert_str(r->out.held[0].author.id, "bob");
}

int run_held_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_kept_as_it_was_given),
        TEST(an_event_can_be_held),
        TEST(it_is_removed_once),
        TEST(it_outlives_a_restart),
        TEST(a_list_has_pages_the_oldest_first),
        TEST(without_a_conversation_all_are_listed),
        TEST(a_queue_is_listed_and_bounded_apart),
        TEST(a_client_id_is_held_once),
        TEST(what_has_expired_is_gone),
        TEST(what_makes_no_sense_is_refused),
        TEST(apps_and_forgotten_people_are_apart),
    };
    return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
