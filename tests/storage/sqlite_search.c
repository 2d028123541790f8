/* A search finds the same whether a message is in the index yet or not, through edits, deletions, restarts and failures. */
#include "fixture.h"
#include "groups.h"
#include "host.h"
#include "shim_vfs.h"
#include "sqlite_fixture.h"

#include "base/arena.h"

enum { STEPS = 240, WORDS = 6, ROOMS = 2 };

static const char *const rooms[ROOMS] = { "one", "two" };

/* What there is: word[i] of message i, or -1 once it is gone. */
struct model {
    int word[STEPS], room[STEPS], count;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_begin_test();
    option_set("path", "{dir}/t.db");
    option_set("fold_rows", "7");
    shim_install();
    fixture_open(f);
    for (int i = 0; i < ROOMS; i++)
        create(f, rooms[i], "ada", CARILLON_VISIBILITY_PUBLIC);
    *state = f;
    return 0;
}

static struct carillon_storage_request *about(enum carillon_storage_op op, const char *room, int message, int word)
{
    struct carillon_storage_request *r = request(op, room, "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = arena_printf(r->arena, "m%d", message);
    r->in.text = arena_printf(r->arena, "Some wörd%d here", word);
    return r;
}

static bool is_expected(const struct model *model, int message, int word, int room)
{
    return model->word[message] == word && (room < 0 || model->room[message] == room);
}

/* All pages of a search: the expected ones and no others, the newest first. room: -1 for all. */
static void assert_found(struct fixture *f, const struct model *model, int word, int room)
{
    struct carillon_str cursor = { 0 };
    int next = model->count;
    do {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_SEARCH, room < 0 ? NULL : rooms[room], NULL);
        r->in.any = true;
        r->in.limit = 3;
        r->in.text = arena_printf(r->arena, "word%d", word);
        r->in.cursor = cursor;
        assert_result(run(f, r), OK);
        for (size_t i = 0; i < r->out.count; i++) {
            do
                next--;
            while (next >= 0 && !is_expected(model, next, word, room));
            assert_true(next >= 0);
            char id[16];
            snprintf(id, sizeof(id), "m%d", next);
            assert_str(r->out.messages[i]->id, id);
        }
        cursor = r->out.more ? r->out.cursor : (struct carillon_str){ 0 };
    } while (cursor.ptr);
    while (--next >= 0)
        assert_false(is_expected(model, next, word, room));
}

static void assert_all_found(struct fixture *f, const struct model *model)
{
    for (int word = 0; word < WORDS; word++)
        for (int room = -1; room < ROOMS; room++)
            assert_found(f, model, word, room);
}

/* One more message, and maybe something that happens to an older one. */
static void take_step(struct fixture *f, struct model *model)
{
    int i = model->count++, older = rand() % (i + 1), word = rand() % WORDS;
    model->word[i] = rand() % WORDS;
    model->room[i] = rand() % ROOMS;
    assert_result(run(f, about(CARILLON_STORAGE_APPEND, rooms[model->room[i]], i, model->word[i])), OK);
    if (model->word[older] < 0)
        return;
    const char *room = rooms[model->room[older]];
    if (rand() % 4 == 0) {
        assert_result(run(f, about(CARILLON_STORAGE_EDIT, room, older, word)), OK);
        model->word[older] = word;
    } else if (rand() % 4 == 0) {
        assert_result(run(f, about(CARILLON_STORAGE_DELETE, room, older, 0)), OK);
        model->word[older] = -1;
    }
}

static int64_t count_waiting(void)
{
    return sqlite_number("SELECT count(*) FROM messages WHERE key > (SELECT key FROM search_done)");
}

static void everything_is_found_at_any_moment(void **state)
{
    struct fixture *f = *state;
    static struct model model;
    int64_t most = 0;
    model.count = 0;
    srand(5);
    for (int i = 0; i < STEPS; i++) {
        take_step(f, &model);
        assert_all_found(f, &model);
        most = count_waiting() > most ? count_waiting() : most;
        if (i % 50 == 49)
            fixture_reopen(f);
    }
    assert_in_range(most, 3, 7); /* both kinds were there */
}

/* The newest keys are given again after their messages went. */
static void keys_that_come_again_are_found(void **state)
{
    struct fixture *f = *state;
    static struct model model;
    model.count = 0;
    srand(6);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 10; i++)
            take_step(f, &model);
        for (int room = 0; room < ROOMS; room++) {
            struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, rooms[room], NULL);
            r->in.before_ms = INT64_MAX;
            r->in.limit = 1000;
            assert_result(run(f, r), OK);
        }
        for (int i = 0; i < model.count; i++)
            model.word[i] = -1;
        assert_all_found(f, &model);
        for (int i = 0; i < 4; i++) {
            take_step(f, &model);
            assert_all_found(f, &model);
        }
    }
}

static void a_failed_batch_hides_nothing(void **state)
{
    struct fixture *f = *state;
    static struct model model;
    model.count = 0;
    srand(7);
    for (int i = 0; i < 40; i++) {
        take_step(f, &model);
        shim_fail(SHIM_WRITE_FULL, "-wal", i % 8, 1); /* now and then while the index is written */
        enum carillon_result result = run(f, about(CARILLON_STORAGE_APPEND, "one", model.count, 1));
        shim_heal();
        if (result == CARILLON_OK) {
            model.word[model.count] = 1;
            model.room[model.count++] = 0;
        }
        assert_all_found(f, &model);
    }
}

#define SEARCH_TEST(function) cmocka_unit_test_setup_teardown(function, setup, shim_teardown)

int run_sqlite_search_group(void)
{
    const struct CMUnitTest tests[] = {
        SEARCH_TEST(everything_is_found_at_any_moment),
        SEARCH_TEST(keys_that_come_again_are_found),
        SEARCH_TEST(a_failed_batch_hides_nothing),
    };
    return cmocka_run_group_tests_name("SQLite: searching before the index has it", tests, NULL, NULL);
}
