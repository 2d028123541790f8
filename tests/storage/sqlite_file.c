/* The file: who owns it, what is refused at opening and with which words. */
#include "fixture.h"
#include "groups.h"
#include "host.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    host_begin_test();
    option_set("path", "{dir}/t.db");
    *state = calloc(1, sizeof(struct fixture));
    return *state ? 0 : -1;
}

static void path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", host_folder(), name);
}

static void assert_refused(struct fixture *f, enum carillon_result expected, const char *words)
{
    char error[256] = "";
    assert_int_equal(fixture_try_open(f, error, sizeof(error)), expected);
    if (!strstr(error, words))
        fail_msg("\"%s\" does not say \"%s\"", error, words);
    assert_non_null(strstr(error, "t.db"));
}

static void make_file(const char *content, size_t len)
{
    char path[512];
    path_of(path, sizeof(path), "t.db");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, len), len);
    close(fd);
}

static void run_sql(const char *sql)
{
    char path[512];
    sqlite3 *db;
    path_of(path, sizeof(path), "t.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void a_second_process_is_refused(void **state)
{
    struct fixture *f = *state;
    int status;
    fixture_open(f);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct carillon_storage *store;
        char error[256] = "", pid[32];
        snprintf(pid, sizeof(pid), "(pid %d)", (int)getppid());
        enum carillon_result result = plugin_ops()->open(&store, error, sizeof(error));
        _exit(result == CARILLON_UNAVAILABLE && strstr(error, pid) && strstr(error, "sqlite.path") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC); /* undisturbed */
    fixture_close(f);
    fixture_open(f);
}

static void the_second_store_in_one_process_too(void **state)
{
    struct fixture *f = *state, other = { 0 };
    fixture_open(f);
    assert_refused(&other, CARILLON_UNAVAILABLE, "in use");
}

static void a_missing_folder_is_named(void **state)
{
    struct fixture *f = *state;
    option_set("path", "{dir}/no/such/t.db");
    assert_refused(f, CARILLON_UNAVAILABLE, "folder");
}

/* As somebody who may not write; root may always, so it becomes somebody else. */
static void open_as_nobody(mode_t folder, mode_t file, const char *words)
{
    char path[512];
    int status;
    path_of(path, sizeof(path), "t.db");
    assert_int_equal(chmod(path, file), 0);
    path_of(path, sizeof(path), "t.db.lock");
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(chmod(host_folder(), folder), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct carillon_storage *store;
        char error[256] = "";
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(2);
        enum carillon_result result = plugin_ops()->open(&store, error, sizeof(error));
        _exit(result == CARILLON_UNAVAILABLE && strstr(error, words) && strstr(error, "rights") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    chmod(host_folder(), 0700);
}

static void a_read_only_file_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    open_as_nobody(0777, 0444, "t.db");
}

static void a_read_only_folder_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    open_as_nobody(0555, 0666, "t.db");
}

static void what_is_no_database_is_refused(void **state)
{
    struct fixture *f = *state;
    static char noise[8192];
    memset(noise, 'n', sizeof(noise));
    make_file(noise, sizeof(noise));
    assert_refused(f, CARILLON_UNAVAILABLE, "not a database");
}

static void an_empty_file_is_a_new_database(void **state)
{
    struct fixture *f = *state;
    make_file("", 0);
    fixture_open(f);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
}

static void another_program_s_database_is_refused(void **state)
{
    struct fixture *f = *state;
    run_sql("CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)");
    assert_refused(f, CARILLON_UNSUPPORTED, "another program");
    run_sql("PRAGMA application_id = 12345");
    assert_refused(f, CARILLON_UNSUPPORTED, "another program");
    run_sql("INSERT INTO theirs VALUES(2)"); /* untouched */
}

static void a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    run_sql("PRAGMA user_version = 9999");
    assert_refused(f, CARILLON_UNSUPPORTED, "newer");
}

/* Pages in the middle of the file are noise: what needs them fails and says so, the process lives. */
static void damaged_pages_fail_what_needs_them(void **state)
{
    struct fixture *f = *state;
    char path[512], noise[4096];
    fixture_open(f);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say_many(f, "room", "ada", 3000);
    fixture_close(f);
    path_of(path, sizeof(path), "t.db");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    memset(noise, 0x5a, sizeof(noise));
    int fd = open(path, O_WRONLY);
    for (off_t at = 60 * 4096; at < info.st_size; at += 4096)
        assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
    close(fd);
    fixture_open(f);
    unsigned failed = 0;
    for (uint64_t after = 0; after < 3000; after += 100) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
        r->in.after = after;
        r->in.from_start = true;
        enum carillon_result result = run(f, r);
        assert_true(result == CARILLON_OK || result == CARILLON_INTERNAL);
        if (result == CARILLON_INTERNAL) {
            failed++;
            assert_non_null(strstr(r->out.detail.ptr, "malformed"));
        }
    }
    assert_true(failed > 0);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("m1");
    r->in.text = str("x");
    assert_result(run(f, r), INTERNAL);
}

/* A deleted text is nowhere in the file any more, nor are its words in the search index, once retention has passed. */
static void deleted_text_leaves_the_file(void **state)
{
    struct fixture *f = *state;
    char path[512];
    option_set("fold_rows", "5"); /* so that the words come into the index at all */
    fixture_open(f);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    for (int i = 0; i < 50; i++) {
        char id[24], text[64];
        snprintf(id, sizeof(id), "m%d", i);
        snprintf(text, sizeof(text), "ordinary %s zanzibar%d", i % 2 ? "kept" : "xylophone", i);
        say(f, "room", "ada", id, text);
    }
    for (int i = 0; i < 50; i += 2) {
        char id[24];
        snprintf(id, sizeof(id), "m%d", i);
        assert_result(act(f, CARILLON_STORAGE_DELETE, "room", "ada", id)->result, OK);
    }
    struct carillon_storage_request *r = request(CARILLON_STORAGE_RETENTION, "room", NULL);
    r->in.keep = 1000;
    assert_result(run(f, r), OK);
    fixture_close(f);
    path_of(path, sizeof(path), "t.db");
    int fd = open(path, O_RDONLY);
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    char *content = malloc((size_t)info.st_size);
    assert_int_equal(read(fd, content, (size_t)info.st_size), info.st_size);
    close(fd);
    assert_null(memmem(content, (size_t)info.st_size, "xylophone", 9));
    assert_non_null(memmem(content, (size_t)info.st_size, "ordinary kept", 13));
    free(content);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

int run_sqlite_file_group(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_second_process_is_refused),     FILE_TEST(the_second_store_in_one_process_too),
        FILE_TEST(a_missing_folder_is_named),       FILE_TEST(a_read_only_file_is_refused),
        FILE_TEST(a_read_only_folder_is_refused),   FILE_TEST(what_is_no_database_is_refused),
        FILE_TEST(an_empty_file_is_a_new_database), FILE_TEST(another_program_s_database_is_refused),
        FILE_TEST(a_newer_schema_is_refused),       FILE_TEST(damaged_pages_fail_what_needs_them),
        FILE_TEST(deleted_text_leaves_the_file),
    };
    return cmocka_run_group_tests_name("SQLite: the file", tests, NULL, NULL);
}
