/* A file of the first schema version is brought up to date with nothing lost, and opening again changes nothing. */
#include "fixture.h"
#include "groups.h"
#include "host.h"
#include "sqlite_fixture.h"

#include <sqlite3.h>

static int setup(void **state)
{
    char path[512];
    host_begin_test();
    option_set("path", "{dir}/t.db");
    snprintf(path, sizeof(path), "%s/t.db", host_folder());
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/storage/sqlite-v1.sql", "r");
    assert_non_null(in);
    char *sql = calloc(1, 1 << 16);
    assert_true(fread(sql, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    free(sql);
    *state = calloc(1, sizeof(struct fixture));
    return *state ? 0 : -1;
}

static size_t found_by(struct fixture *f, const char *app, const char *words)
{
    struct carillon_storage_request *r = request_of(app, CARILLON_STORAGE_SEARCH, NULL, NULL);
    r->in.any = true;
    r->in.text = str(words);
    assert_result(run(f, r), OK);
    return r->out.count;
}

/* Those of messages are told from the messages since version 8. */
static void assert_changes_are_whole(struct fixture *f)
{
    static const enum carillon_event_type types[] = { CARILLON_EVENT_CONVERSATION_CREATED, CARILLON_EVENT_MESSAGE_NEW,
                                                      CARILLON_EVENT_MESSAGE_NEW, CARILLON_EVENT_MESSAGE_NEW,
                                                      CARILLON_EVENT_MESSAGE_DELETED };
    static const char *const actors[] = { "ada", "ada", "bob", "ada", "ada" };
    struct carillon_storage_request *r = request(CARILLON_STORAGE_CHANGES, "room", NULL);
    r->in.limit = 100;
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(r->out.changes[i].pos, i + 1);
        assert_int_equal(r->out.changes[i].type, types[i]);
        assert_str(r->out.changes[i].actor.id, actors[i]);
        assert_int_equal(r->out.changes[i].at_ms, 1700000000000 + (int64_t)i * 1000);
    }
    assert_str(r->out.changes[1].message->text, "a walrus in the house");
}

static void version_1_becomes_the_current(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(sqlite_number("PRAGMA user_version"), 1);
    fixture_open(f);
    assert_int_equal(found_by(f, "main", "walrus"), 2);
    assert_int_equal(found_by(f, "other", "walrus"), 1);
    assert_str(get_message(f, "room", "m1")->text, "a walrus in the house");
    assert_str(get_message(f, "room", "m3")->reply_text, "a walrus in the house");
    assert_int_equal(view(f, "room", "bob")->unread, 2);
    assert_changes_are_whole(f);
    assert_int_equal(say(f, "room", "ada", "m4", "a new walrus")->pos, 6);
    act(f, CARILLON_STORAGE_DELETE, "room", "ada", "m1");
    assert_int_equal(found_by(f, "main", "walrus"), 2);
    fixture_close(f);
    assert_true(sqlite_number("PRAGMA user_version") > 1);
}

/* A migrated file has the same tables as a new one. */
static void a_migrated_file_is_like_a_new_one(void **state)
{
    static const char sql[] = "SELECT sum(length(replace(replace(sql, ' ', ''), char(10), ''))) FROM sqlite_schema";
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    int64_t version = sqlite_number("PRAGMA user_version"), migrated = sqlite_number(sql),
            count = sqlite_number("SELECT count(*) FROM sqlite_schema");
    host_end_test();
    host_begin_test();
    option_set("path", "{dir}/t.db");
    fixture_open(f);
    fixture_close(f);
    assert_int_equal(sqlite_number("PRAGMA user_version"), version);
    assert_int_equal(sqlite_number("SELECT count(*) FROM sqlite_schema"), count);
    assert_int_equal(sqlite_number(sql), migrated);
}

static void opening_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    int64_t version = sqlite_number("PRAGMA schema_version");
    fixture_open(f);
    fixture_close(f);
    assert_int_equal(sqlite_number("PRAGMA schema_version"), version);
}

#define SCHEMA_TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int run_sqlite_schema_group(void)
{
    const struct CMUnitTest tests[] = {
        SCHEMA_TEST(version_1_becomes_the_current),
        SCHEMA_TEST(a_migrated_file_is_like_a_new_one),
        SCHEMA_TEST(opening_again_changes_nothing),
    };
    return cmocka_run_group_tests_name("SQLite: schema versions", tests, NULL, NULL);
}
