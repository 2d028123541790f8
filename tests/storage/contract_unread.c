/* READ_MARK, unread and mentions: counted. */
#include "fixture.h"
#include "groups.h"

#include <time.h>

static struct carillon_conversation *mark(struct fixture *f, const char *user, uint64_t pos)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_READ_MARK, "room", user);
    r->in.pos = pos;
    assert_result(run(f, r), OK);
    return r->out.conversation;
}

static void mention(struct fixture *f, const char *user, const char *id, const char *whom)
{
    struct carillon_str mentions[] = { str(whom) };
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", user);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = str("look");
    r->in.mentions = mentions;
    r->in.mention_count = 1;
    assert_result(run(f, r), OK);
}

static void messages_of_others_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "1"); /* pos 2 */
    say(f, "room", "bob", "m2", "2");
    say(f, "room", "ada", "m3", "3");
    react(f, "room", "bob", "m1", "👍", false); /* no message */
    assert_int_equal(view(f, "room", "ada")->unread, 1);
    assert_int_equal(view(f, "room", "bob")->unread, 2);
    assert_int_equal(view(f, "room", "eve")->unread, 3);
    assert_int_equal(view(f, "room", NULL)->unread, 0);
}

static void a_mark_lowers_the_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 5; i++) {
        char id[24];
        snprintf(id, sizeof(id), "m%d", i);
        say(f, "room", "ada", id, "x"); /* 2 to 6 */
    }
    struct carillon_conversation *c = mark(f, "bob", 3);
    assert_int_equal(c->read_pos, 3);
    assert_int_equal(c->unread, 3);
    assert_int_equal(view(f, "room", "bob")->unread, 3);
    assert_int_equal(mark(f, "bob", 2)->read_pos, 3); /* never goes back */
    c = mark(f, "bob", 1000000);
    assert_int_equal(c->read_pos, 6);
    assert_int_equal(c->unread, 0);
    say(f, "room", "ada", "new", "x");
    assert_int_equal(view(f, "room", "bob")->unread, 1);
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "bob")->unread, 1);
    assert_int_equal(view(f, "room", "bob")->read_pos, 6);
}

static void deleted_ones_do_not_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m1", "1");
    say(f, "room", "ada", "m2", "2");
    say(f, "room", "bob", "m3", "own");
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m2");
    assert_int_equal(view(f, "room", "bob")->unread, 1);
    act(f, CARILLON_STORAGE_DELETE, "room", "bob", "m3");
    assert_int_equal(view(f, "room", "bob")->unread, 1);
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_int_equal(view(f, "room", "bob")->unread, 0);
}

static void mentions_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    mention(f, "ada", "m1", "bob");
    mention(f, "ada", "m2", "eve");
    mention(f, "ada", "m3", "bob");
    mention(f, "bob", "m4", "bob"); /* of oneself */
    assert_int_equal(view(f, "room", "bob")->mentions, 2);
    assert_int_equal(view(f, "room", "eve")->mentions, 1);
    assert_int_equal(view(f, "room", "ada")->mentions, 0);
    assert_int_equal(mark(f, "bob", 2)->mentions, 1);
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m3");
    assert_int_equal(view(f, "room", "bob")->mentions, 0);
}

/* A server may write in a person's name, under whatever name it shows there. */
static void own_ones_under_another_name(void **state)
{
    struct fixture *f = *state;
    struct carillon_str mentions[] = { str("ada") };
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 2; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
        r->in.user.name = str("Ada's calendar");
        r->in.type = CARILLON_EVENT_MESSAGE_NEW;
        r->in.id = keep(r, str(i ? "m2" : "m1"));
        r->in.text = str("lunch, @Ada");
        r->in.mentions = mentions;
        r->in.mention_count = 1;
        assert_result(run(f, r), OK);
        assert_int_equal(view(f, "room", "ada")->unread, 0);
        assert_int_equal(view(f, "room", "ada")->mentions, 0);
        assert_int_equal(view(f, "room", "bob")->unread, i + 1);
        fixture_reopen(f);
    }
    assert_int_equal(view(f, "room", "ada")->unread, 0);
    assert_int_equal(mark(f, "ada", 1)->unread, 0);
}

static void mentioned_before_ever_seen(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    mention(f, "ada", "m1", "newcomer");
    join(f, "room", "newcomer", CARILLON_ROLE_MEMBER);
    assert_int_equal(view(f, "room", "newcomer")->mentions, 1);
}

static void retention_lowers_the_count(void **state)
{
    struct fixture *f = *state;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 10);
    say_many(f, "room", "bob", 2);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = 5;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 7);
    assert_int_equal(view(f, "room", "bob")->unread, 3);
    assert_int_equal(view(f, "room", "eve")->unread, 5);
    assert_int_equal(mark(f, "eve", 9)->unread, 4);
}

/* Against a plain count, over random doings. */
static void the_count_is_true(void **state)
{
    enum { MESSAGES = 150 };
    static const char *const users[] = { "ada", "bob", "eve" };
    struct fixture *f = *state;
    struct {
        uint64_t pos;
        const char *author;
        bool deleted;
        char id[24];
    } m[MESSAGES];
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    srand(7);
    for (int i = 0; i < MESSAGES; i++) {
        m[i].author = users[rand() % 3];
        m[i].deleted = false;
        snprintf(m[i].id, sizeof(m[i].id), "m%d", i);
        m[i].pos = say(f, "room", m[i].author, m[i].id, "x")->pos;
        int victim = rand() % (i + 1);
        if (rand() % 4 == 0 && !m[victim].deleted) {
            m[victim].deleted = true;
            act(f, CARILLON_STORAGE_DELETE, "room", "ada", m[victim].id);
        }
    }
    for (uint64_t pos = 0; pos < m[MESSAGES - 1].pos; pos += 1 + (uint64_t)(rand() % 20)) {
        for (int u = 0; u < 3; u++) {
            unsigned expected = 0;
            for (int i = 0; i < MESSAGES; i++)
                expected += m[i].pos > pos && !m[i].deleted && strcmp(m[i].author, users[u]) != 0;
            assert_int_equal(mark(f, users[u], pos)->unread, expected);
        }
    }
}

static int64_t view_us(struct fixture *f, const char *conversation, uint64_t unread)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(view(f, conversation, "bob")->unread, unread);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
}

/* Looked at in turns, so that a busy machine slows both: to count 20000 takes hardly longer than to count one. */
static void many_unread_are_counted_quickly(void **state)
{
    struct fixture *f = *state;
    int64_t few = 0, many = 0;
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    create(f, "quiet", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "quiet", "ada", 1);
    for (int i = 0; i < 20; i++) {
        say_many(f, "room", "ada", 1000);
        request_free_all();
    }
    for (int i = 0; i < 100; i++) {
        few += view_us(f, "quiet", 1);
        many += view_us(f, "room", 20000);
    }
    assert_true(many / 100 < 2 * few / 100 + 2000); /* a scan of all unread takes longer */
}

int run_unread_group(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_of_others_count),        TEST(a_mark_lowers_the_count),
        TEST(deleted_ones_do_not_count),       TEST(mentions_count),
        TEST(own_ones_under_another_name),     TEST(mentioned_before_ever_seen),
        TEST(retention_lowers_the_count),      TEST(the_count_is_true),
        TEST(many_unread_are_counted_quickly),
    };
    return cmocka_run_group_tests_name("unread", tests, NULL, NULL);
}
