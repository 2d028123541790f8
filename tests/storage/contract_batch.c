/* write(): a batch commits together, and a member that fails, fails alone. */
#include "fixture.h"
#include "groups.h"

#include "base/arena.h"

static struct carillon_storage_request *message(const char *conversation, const char *id, size_t padding)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, conversation, "ada");
    char *text = arena_alloc(r->arena, padding + 16);
    assert_non_null(text);
    memset(text, 'x', padding + 3);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = str(text);
    return r;
}

static void failures_are_alone(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *batch[] = {
        message("room", "m1", 0),
        message("nowhere", "m2", 0),
        message("room", "m1", 0),
        message("room", "m3", 0),
        request(CARILLON_STORAGE_CONVERSATION_CREATE, "room", "bob"),
        message("room", "m4", 0),
    };
    batch[4]->in.name = str("e");
    assert_result(run_batch(f, batch, 6), OK);
    assert_result(batch[0]->result, OK);
    assert_result(batch[1]->result, NOT_FOUND);
    assert_result(batch[2]->result, INVALID);
    assert_result(batch[3]->result, OK);
    assert_result(batch[4]->result, EXISTS);
    assert_result(batch[5]->result, OK);
    assert_int_equal(batch[0]->out.change->pos, 2);
    assert_int_equal(batch[3]->out.change->pos, 3);
    assert_int_equal(batch[5]->out.change->pos, 4);
    assert_int_equal(view(f, "room", "ada")->last_pos, 4);
}

static void later_members_see_earlier_ones(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *batch[] = {
        request(CARILLON_STORAGE_CONVERSATION_CREATE, "room", "ada"),
        message("room", "m1", 0),
        request(CARILLON_STORAGE_EDIT, "room", "ada"),
        request(CARILLON_STORAGE_REACT, "room", "bob"),
        request(CARILLON_STORAGE_DELETE, "room", "ada"),
        request(CARILLON_STORAGE_REACT, "room", "eve"),
        request(CARILLON_STORAGE_READ_MARK, "room", "bob"),
    };
    batch[0]->in.name = str("e");
    for (int i = 2; i < 6; i++)
        batch[i]->in.id = str("m1");
    batch[2]->in.text = str("edited");
    batch[3]->in.emoji = batch[5]->in.emoji = str("👍");
    batch[6]->in.pos = 100;
    assert_result(run_batch(f, batch, 7), OK);
    for (int i = 0; i < 5; i++) {
        assert_result(batch[i]->result, OK);
        assert_int_equal(batch[i]->out.change->pos, i + 1);
    }
    assert_result(batch[5]->result, GONE);
    assert_int_equal(batch[6]->out.conversation->read_pos, 5);
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "ada")->last_pos, 5);
}

/* A member that breaks midway (its answer does not fit into its memory) leaves no trace; the others commit. */
static void one_that_breaks_midway_leaves_no_trace(void **state)
{
    enum { LARGE = 3 << 20 };
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *batch[] = { message("room", "m1", 0), message("room", "m2", LARGE),
                                                 message("room", "m3", 0) };
    /* Its input takes most of its 8 MiB. */
    assert_non_null(arena_alloc(batch[1]->arena, LARGE));
    assert_result(run_batch(f, batch, 3), OK);
    assert_result(batch[0]->result, OK);
    assert_result(batch[1]->result, NO_MEMORY);
    assert_null(batch[1]->out.change);
    assert_result(batch[2]->result, OK);
    assert_int_equal(batch[0]->out.change->pos, 2);
    assert_int_equal(batch[2]->out.change->pos, 3);
    assert_result(act(f, CARILLON_STORAGE_MESSAGE_GET, "room", NULL, "m2")->result, NOT_FOUND);
    assert_int_equal(view(f, "room", "bob")->unread, 2);
}

static void many_conversations_at_once(void **state)
{
    enum { ROOMS = 20, MESSAGES = 400 };
    struct fixture *f = *state;
    struct carillon_storage_request *batch[MESSAGES];
    char name[24];
    uint64_t pos[ROOMS];
    for (int i = 0; i < ROOMS; i++) {
        snprintf(name, sizeof(name), "room-%d", i);
        create(f, name, "ada", CARILLON_VISIBILITY_PUBLIC);
        pos[i] = 1;
    }
    for (int i = 0; i < MESSAGES; i++) {
        char id[24];
        snprintf(name, sizeof(name), "room-%d", i * 7 % ROOMS);
        snprintf(id, sizeof(id), "m%d", i);
        batch[i] = message(name, id, 0);
    }
    assert_result(run_batch(f, batch, MESSAGES), OK);
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(batch[i]->out.change->pos, ++pos[i * 7 % ROOMS]);
}

static struct carillon_storage_request *retitle(const char *conversation, const char *title)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_UPDATE, conversation, "ada");
    r->in.text = keep(r, str(title));
    r->in.set_visibility = true;
    r->in.visibility = CARILLON_VISIBILITY_INVITED;
    return r;
}

/* What a conversation's row says is true in the middle of a batch and after it, whatever else the batch touches. */
static void conversations_in_turn(void **state)
{
    struct fixture *f = *state;
    create(f, "a", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "b", "ada", CARILLON_VISIBILITY_PUBLIC);
    struct carillon_storage_request *batch[] = {
        message("a", "a1", 0),
        message("b", "b1", 0),
        message("a", "a2", 0),
        retitle("a", "new"),
        request(CARILLON_STORAGE_READ_MARK, "a", "bob"),
        message("a", "a3", 0),
        retitle("a", "new"),
        message("nowhere", "n1", 0),
    };
    batch[4]->in.pos = 2;
    assert_result(run_batch(f, batch, 8), OK);
    assert_int_equal(batch[3]->out.conversation->last_pos, 4);
    assert_int_equal(batch[4]->out.conversation->unread, 1);
    assert_int_equal(batch[5]->out.change->pos, 5);
    assert_null(batch[6]->out.change); /* it has that title and visibility already */
    assert_result(batch[7]->result, NOT_FOUND);
    fixture_reopen(f);
    assert_int_equal(view(f, "a", "ada")->last_pos, 5);
    assert_int_equal(view(f, "a", "ada")->visibility, CARILLON_VISIBILITY_INVITED);
    assert_int_equal(view(f, "b", "ada")->last_pos, 2);
    struct carillon_storage_request *list = request(CARILLON_STORAGE_CONVERSATION_LIST, NULL, "ada");
    assert_result(run(f, list), OK);
    assert_int_equal(list->out.count, 2);
    assert_str(list->out.conversations[0].name, "a"); /* appended to last */
    assert_str(list->out.conversations[0].last_message->id, "a3");
}

static void reads_are_no_writes(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *r = request(CARILLON_STORAGE_PING, NULL, NULL);
    assert_result(run_batch(f, &r, 1), OK);
    assert_result(r->result, UNSUPPORTED);
    r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    plugin_ops()->read(f->readers[0], r);
    assert_result(r->result, UNSUPPORTED);
    assert_result(run(f, request(CARILLON_STORAGE_PING, NULL, NULL)), OK);
}

int run_batch_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(failures_are_alone),
        TEST(later_members_see_earlier_ones),
        TEST(one_that_breaks_midway_leaves_no_trace),
        TEST(many_conversations_at_once),
        TEST(conversations_in_turn),
        TEST(reads_are_no_writes),
    };
    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
