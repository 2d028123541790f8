/* What is put in order by author later is whole at any moment, before and after, through restarts and failures. */
#include "fixture.h"
#include "groups.h"
#include "host.h"
#include "shim_vfs.h"
#include "sqlite_fixture.h"

#include "base/arena.h"

enum { STEPS = 300 };

static const char *const authors[] = { "ada", "bob", "cyd", "dan" };
static const char *const rooms[] = { "one", "two", "three" };

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_begin_test();
    option_set("path", "{dir}/t.db");
    option_set("fold_rows", "5");
    shim_install();
    fixture_open(f);
    for (int i = 0; i < 3; i++)
        create(f, rooms[i], "ada", CARILLON_VISIBILITY_PUBLIC);
    *state = f;
    return 0;
}

static bool is_event(int step)
{
    return step % 5 == 4;
}

/* Of the steps first, first + every, ..., so many of them. */
static size_t count_events(int first, size_t steps, int every)
{
    size_t count = 0;
    for (size_t i = 0; i < steps; i++)
        count += is_event(first + (int)i * every);
    return count;
}

/* The table holds each message that is not deleted and lies before the fold, and nothing else. */
static void assert_table_is_right(void)
{
    assert_int_equal(sqlite_number("SELECT count(*) FROM (SELECT m.author, m.conversation, m.pos, m.key FROM messages m"
                                   " JOIN conversations c ON c.key = m.conversation WHERE m.pos <= c.folded_pos"
                                   " AND m.deleted_ms IS NULL AND m.author IS NOT NULL EXCEPT SELECT * FROM authored)"),
                     0);
    assert_int_equal(
        sqlite_number("SELECT count(*) FROM (SELECT * FROM authored EXCEPT SELECT m.author, m.conversation, m.pos,"
                      " m.key FROM messages m JOIN conversations c ON c.key = m.conversation"
                      " WHERE m.pos <= c.folded_pos AND m.deleted_ms IS NULL)"),
        0);
    assert_int_equal(sqlite_number("SELECT count(*) FROM conversations WHERE folded_pos > last_pos"), 0);
}

static size_t count_exported(struct fixture *f, const char *user)
{
    size_t count = 0;
    struct carillon_str cursor = { 0 };
    do {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_USER_EXPORT, NULL, user);
        r->in.limit = 7;
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        count += r->out.count;
        cursor = r->out.more ? r->out.cursor : (struct carillon_str){ 0 };
    } while (cursor.ptr);
    return count;
}

static struct carillon_storage_request *publish(const char *room, const char *user, int step)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, room, user);
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = arena_printf(r->arena, "m%d", step);
    r->in.client_id = arena_printf(r->arena, "c%d", step);
    r->in.text = r->in.id;
    if (is_event(step)) { /* an event, which has a row of its own for its client id */
        r->in.type = CARILLON_EVENT_EVENT;
        r->in.name = str("poke");
    }
    return r;
}

static void everything_is_found_at_any_moment(void **state)
{
    struct fixture *f = *state;
    size_t live[4] = { 0 };
    int author[STEPS], room[STEPS];
    bool deleted[STEPS] = { false };
    srand(11);
    for (int i = 0; i < STEPS; i++) {
        author[i] = rand() % 4;
        room[i] = rand() % 3;
        assert_result(run(f, publish(rooms[room[i]], authors[author[i]], i)), OK);
        live[author[i]] += !is_event(i);
        int victim = rand() % (i + 1), retried = rand() % (i + 1);
        if (rand() % 4 == 0 && !deleted[victim] && !is_event(victim)) {
            char id[16];
            snprintf(id, sizeof(id), "m%d", victim);
            act(f, CARILLON_STORAGE_DELETE, rooms[room[victim]], "ada", id);
            deleted[victim] = true;
            live[author[victim]]--;
        }
        assert_result(run(f, publish(rooms[room[retried]], authors[author[retried]], retried)), DUPLICATE);
        if (i % 40 == 39)
            fixture_reopen(f);
        if (i % 20 == 19)
            for (int a = 0; a < 4; a++)
                assert_int_equal(count_exported(f, authors[a]), live[a]);
        if (i % 50 == 49)
            assert_table_is_right();
    }
    assert_true(sqlite_number("SELECT count(*) FROM client_ids") > STEPS - 10);
    assert_true(sqlite_number("SELECT count(*) FROM client_ids_fresh") <= 1);
    for (int i = 0; i < STEPS; i++)
        assert_result(run(f, publish(rooms[room[i]], authors[author[i]], i)), DUPLICATE);
}

static void a_failed_batch_forgets_no_client_id(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 24; i++) {
        struct carillon_storage_request *batch[3] = { publish("one", "ada", i * 3), publish("one", "bob", i * 3 + 1),
                                                      publish("two", "cyd", i * 3 + 2) };
        shim_fail(SHIM_WRITE_FULL, "-wal", i % 8, 1); /* now and then the batch that folds */
        enum carillon_result result = run_batch(f, batch, 3);
        unsigned struck = shim_struck();
        shim_heal();
        assert_int_equal(result == CARILLON_OK, struck == 0);
        for (int k = 0; k < 3; k++) {
            static const char *const where[] = { "one", "one", "two" };
            if (i) /* what was fresh before the failure still is */
                assert_result(run(f, publish(where[k], authors[k], (i - 1) * 3 + k)), DUPLICATE);
            struct carillon_storage_request *again = publish(where[k], authors[k], i * 3 + k);
            assert_int_equal(run(f, again), struck ? CARILLON_OK : CARILLON_DUPLICATE);
            again = publish(where[k], authors[k], i * 3 + k);
            assert_result(run(f, again), DUPLICATE);
        }
    }
    for (int k = 0; k < 3; k++)
        assert_int_equal(count_exported(f, authors[k]), 24 - count_events(k, 24, 3));
    assert_table_is_right();
}

/* But for the first append, which folds. */
static void open_without_folding(struct fixture *f)
{
    fixture_close(f);
    option_set("fold_rows", "100000");
    fixture_open(f);
}

static void a_batch_larger_than_what_is_noted_of_it(void **state)
{
    enum { MANY = 9000 }; /* more than FRESH_PLACES */
    struct fixture *f = *state;
    struct carillon_storage_request **batch = calloc(MANY, sizeof(*batch));
    open_without_folding(f);
    assert_result(run(f, publish("one", "ada", MANY)), OK); /* the first after a start folds */
    for (int i = 0; i < MANY; i++)
        batch[i] = publish("one", authors[i % 4], i);
    assert_result(run_batch(f, batch, MANY), OK);
    free(batch);
    assert_int_equal(sqlite_number("SELECT count(*) FROM client_ids"), 1);
    for (int i = 0; i < MANY; i += 800)
        assert_result(run(f, publish("one", authors[i % 4], i)), DUPLICATE);
    assert_result(run(f, publish("one", "ada", MANY + 1)), OK);
    assert_int_equal(count_exported(f, "ada"), MANY / 4 - count_events(0, MANY / 4, 4) + 2);
}

static void retries_within_a_batch_are_found(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 12; i++) { /* whatever was folded before */
        struct carillon_storage_request *batch[4];
        for (int k = 0; k < 4; k++)
            batch[k] = publish("one", "ada", i);
        assert_result(run_batch(f, batch, 4), OK);
        assert_result(batch[0]->result, OK);
        for (int k = 1; k < 4; k++) {
            assert_result(batch[k]->result, DUPLICATE);
            assert_int_equal(batch[k]->out.change->pos, batch[0]->out.change->pos);
        }
        if (i % 4 == 3)
            fixture_reopen(f);
    }
}

static void a_client_id_outlives_its_message_also_before_the_fold(void **state)
{
    struct fixture *f = *state;
    open_without_folding(f);
    assert_result(run(f, publish("one", "ada", 0)), OK); /* the first after a start folds */
    for (int i = 1; i < 4; i++)
        assert_result(run(f, publish("one", "ada", i)), OK);
    act(f, CARILLON_STORAGE_DELETE, "one", "ada", "m1");
    struct carillon_storage_request *drop = request(CARILLON_STORAGE_RETENTION, "one", NULL);
    drop->in.keep = 1; /* the third */
    drop->in.limit = 100;
    assert_result(run(f, drop), OK);
    assert_int_equal(sqlite_number("SELECT count(*) FROM messages"), 1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++) {
            struct carillon_storage_request *again = publish("one", "ada", i);
            assert_result(run(f, again), DUPLICATE);
            assert_int_equal(again->out.change->pos, i + 2);
            again = publish("one", "ada", i);
            again->in.submitted[0] ^= 1;
            assert_result(run(f, again), CONFLICT);
        }
        fixture_reopen(f);
    }
}

static void who_is_forgotten_is_forgotten_before_the_fold(void **state)
{
    struct fixture *f = *state;
    open_without_folding(f);
    assert_result(run(f, publish("one", "bob", 100)), OK);
    for (int i = 1; i < 6; i++)
        assert_result(run(f, publish("one", i == 3 ? "bob" : "ada", i)), OK);
    assert_result(run(f, request(CARILLON_STORAGE_USER_FORGET, NULL, "ada")), OK);
    assert_int_equal(sqlite_number("SELECT count(*) FROM client_ids c JOIN accounts a ON a.key = c.author"
                                   " WHERE a.id = 'ada'"),
                     0);
    assert_int_equal(sqlite_number("SELECT count(*) FROM client_ids_fresh"), 0);
    assert_result(run(f, publish("one", "bob", 3)), DUPLICATE);
}

#define FOLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, shim_teardown)

int run_sqlite_fold_group(void)
{
    const struct CMUnitTest tests[] = {
        FOLD_TEST(everything_is_found_at_any_moment),
        FOLD_TEST(a_failed_batch_forgets_no_client_id),
        FOLD_TEST(retries_within_a_batch_are_found),
        FOLD_TEST(a_client_id_outlives_its_message_also_before_the_fold),
        FOLD_TEST(who_is_forgotten_is_forgotten_before_the_fold),
        FOLD_TEST(a_batch_larger_than_what_is_noted_of_it),
    };
    return cmocka_run_group_tests_name("SQLite: folding", tests, NULL, NULL);
}
