/* What people type: stored as it is, everywhere. */
#include "fixture.h"
#include "groups.h"

#include "base/arena.h"

static const char *const texts[] = {
    "'; DROP TABLE messages; --",
    "\"quoted\" 'twice' `thrice`",
    "%_\\%",
    "{\"$gt\":\"\"}",
    "$where",
    "a.b.c",
    "\xe2\x80\xae"
    "evil"
    "\xe2\x80\xac",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
    "\xc3\xa9 and e\xcc\x81 differ",
    "\x01\x02\x1b[31m",
    "line\nline\r\n\ttab",
    ("\xef\xbb\xbf"
     "BOM"),
    "-- comment /* and */ more",
    "?1 :name @name $name",
    "NULL",
    "0x00",
    "1e400",
};
enum { TEXT_COUNT = sizeof(texts) / sizeof(*texts) };

static void strings_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *t = texts[i];
        struct carillon_storage_request *r = request(CARILLON_STORAGE_CONVERSATION_CREATE, t, t);
        r->in.name = str(t);
        r->in.text = str(t);
        r->in.user.name = str(t);
        assert_result(run(f, r), OK);
        r = request(CARILLON_STORAGE_APPEND, t, t);
        r->in.type = CARILLON_EVENT_MESSAGE_NEW;
        r->in.id = str(t);
        r->in.client_id = str(t);
        r->in.text = str(t);
        r->in.data = str(t);
        r->in.user.name = str(t);
        r->in.mentions = &r->in.id;
        r->in.mention_count = 1;
        assert_result(run(f, r), OK);
        assert_result(react(f, t, t, t, t, false)->result, OK);
    }
    fixture_reopen(f);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *t = texts[i];
        struct carillon_conversation *c = view(f, t, t);
        assert_str(c->title, t);
        assert_str(c->epoch, t);
        assert_int_equal(c->role, CARILLON_ROLE_OWNER);
        struct carillon_message *m = get_message(f, t, t);
        assert_str(m->text, t);
        assert_str(m->data, t);
        assert_str(m->client_id, t);
        assert_str(m->author.id, t);
        assert_str(m->author.name, t);
        assert_str(m->mentions[0], t);
        assert_str(m->reactions[0].emoji, t);
        struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, NULL);
        r->in.any = true;
        r->in.text = str(t);
        assert_result(run(f, r), OK);
        r = request(CARILLON_STORAGE_MEMBER_LIST, t, NULL);
        r->in.cursor = arena_printf(r->arena, "0 %s", t);
        assert_result(run(f, r), OK);
    }
}

static void ids_are_exact(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    assert_result(run(f, request(CARILLON_STORAGE_CONVERSATION_GET, "ROOM", "ada")), NOT_FOUND);
    assert_result(run(f, request(CARILLON_STORAGE_CONVERSATION_GET, "room ", "ada")), NOT_FOUND);
    assert_result(run(f, request(CARILLON_STORAGE_CONVERSATION_GET, "roo%", "ada")), NOT_FOUND);
    create(f, "Room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "x");
    say(f, "room", "Ada", "M1", "y");
    assert_str(get_message(f, "room", "M1")->author.id, "Ada");
    assert_int_equal(view(f, "room", "ada")->unread, 1);
}

static void long_texts_are_stored(void **state)
{
    enum { LONG = 1 << 20 };
    struct fixture *f = *state;
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    for (int i = 0; i < LONG; i++)
        text[i] = i % 7 ? (char)('a' + i % 26) : ' ';
    text[LONG] = '\0';
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", text);
    struct carillon_message *m = get_message(f, "room", "m1");
    assert_int_equal(m->text.len, LONG);
    assert_memory_equal(m->text.ptr, text, LONG + 1);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, NULL, NULL);
    r->in.any = true;
    r->in.text = (struct carillon_str){ text, 4096 };
    run(f, r); /* found or too much: but no crash, and what follows works */
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_int_equal(get_message(f, "room", "m1")->text.len, 0);
    free(text);
}

/* An answer that does not fit into the request's memory is a failure of that request, with the store as it was. */
static void an_answer_that_is_too_large_fails_alone(void **state)
{
    enum { LONG = 100000 };
    struct fixture *f = *state;
    char *text = calloc(1, LONG + 1);
    assert_non_null(text);
    memset(text, 'x', LONG);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 120; i++) {
        char id[24];
        snprintf(id, sizeof(id), "m%d", i);
        say(f, "room", "ada", id, text);
        request_free_all();
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    r->in.limit = 1000;
    assert_result(run(f, r), NO_MEMORY);
    assert_int_equal(r->out.count, 0);
    r->in.limit = 10;
    r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    r->in.limit = 10;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 10);
    free(text);
}

static void missing_input_is_invalid(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int op = 0; op < CARILLON_STORAGE_OP_COUNT; op++) {
        /* Nothing but the app: no crash, and no write succeeds but those that need nothing. */
        struct carillon_storage_request *r = request((enum carillon_storage_op)op, NULL, NULL);
        r->in.now_ms = 0;
        r->in.limit = 0;
        enum carillon_result result = run(f, r);
        if (is_write(r->op) && r->op != CARILLON_STORAGE_USER_FORGET)
            assert_true(result < 0);
        assert_true(result != CARILLON_INTERNAL && result != CARILLON_UNKNOWN);
    }
    assert_int_equal(view(f, "room", "ada")->last_pos, 1);
}

int run_hostile_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strings_come_back_as_they_were), TEST(ids_are_exact),
        TEST(long_texts_are_stored),          TEST(an_answer_that_is_too_large_fails_alone),
        TEST(missing_input_is_invalid),
    };
    return cmocka_run_group_tests_name("hostile input", tests, NULL, NULL);
}
