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
        live[author[i]]++;
        int victim = rand() % (i + 1), retried = rand() % (i + 1);
        if (rand() % 4 == 0 && !deleted[victim]) {
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
    assert_true(sqlite_number("SELECT count(*) FROM client_ids_fresh") <= 5);
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
        assert_int_equal(count_exported(f, authors[k]), 24);
    assert_table_is_right();
}

static void a_batch_larger_than_what_is_noted_of_it(void **state)
{
    enum { MANY = 9000 }; /* more than FRESH_PLACES */
    struct fixture *f = *state;
    struct carillon_storage_request **batch = calloc(MANY, sizeof(*batch));
    fixture_close(f);
    option_set("fold_rows", "100000");
    fixture_open(f);
    assert_result(run(f, publish("one", "ada", MANY)), OK); /* the first after a start folds */
    for (int i = 0; i < MANY; i++)
        batch[i] = publish("one", authors[i % 4], i);
    assert_result(run_batch(f, batch, MANY), OK);
    free(batch);
    assert_int_equal(sqlite_number("SELECT count(*) FROM client_ids_fresh"), MANY);
    for (int i = 0; i < MANY; i += 800)
        assert_result(run(f, publish("one", authors[i % 4], i)), DUPLICATE);
    assert_result(run(f, publish("one", "ada", MANY + 1)), OK);
    assert_int_equal(count_exported(f, "ada"), MANY / 4 + 2);
}

#define FOLD_TEST(function) cmocka_unit_test_setup_teardown(function, setup, shim_teardown)

int run_sqlite_fold_group(void)
{
    const struct CMUnitTest tests[] = {
        FOLD_TEST(everything_is_found_at_any_moment),
        FOLD_TEST(a_failed_batch_forgets_no_client_id),
        FOLD_TEST(a_batch_larger_than_what_is_noted_of_it),
    };
    return cmocka_run_group_tests_name("SQLite: folding", tests, NULL, NULL);
}
