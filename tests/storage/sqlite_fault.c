/* The disk fails: nothing is acknowledged that is not there, and it goes on when the disk works again. */
#include "fixture.h"
#include "groups.h"
#include "host.h"
#include "shim_vfs.h"
#include "sqlite_fixture.h"

#include "base/arena.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_begin_test();
    option_set("path", "{dir}/t.db");
    shim_install();
    fixture_open(f);
    create(f, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
    say(f, "room", "ada", "m0", "before");
    *state = f;
    return 0;
}

static struct carillon_storage_request *message(const char *id)
{
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = keep(r, str(id));
    r->in.text = keep(r, str(id));
    return r;
}

static enum carillon_result write_two(struct fixture *f, struct carillon_storage_request **batch)
{
    batch[0] = message("a");
    batch[1] = message("b");
    return run_batch(f, batch, 2);
}

static void assert_goes_on(struct fixture *f)
{
    struct carillon_storage_request *batch[2];
    assert_result(write_two(f, batch), OK);
    assert_int_equal(batch[0]->out.change->pos, 3);
    assert_int_equal(batch[1]->out.change->pos, 4);
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "ada")->last_pos, 4);
    assert_str(get_message(f, "room", "m0")->text, "before");
}

static void a_full_disk_refuses_the_batch(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *batch[2];
    for (int after = 0; after < 4; after++) {
        shim_fail(SHIM_WRITE_FULL, "-wal", after, -1);
        assert_result(write_two(f, batch), UNAVAILABLE);
        assert_true(shim_struck() > 0);
        for (int i = 0; i < 2; i++) {
            assert_result(batch[i]->result, UNAVAILABLE);
            assert_null(batch[i]->out.change);
            assert_non_null(strstr(batch[i]->out.detail.ptr, "full"));
        }
        assert_int_equal(view(f, "room", "ada")->last_pos, 2); /* reading still works */
    }
    assert_non_null(strstr(last_log(), "full"));
    shim_heal();
    assert_goes_on(f);
}

static void a_failed_sync_is_no_acknowledgement(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *batch[2];
    shim_fail(SHIM_SYNC_ERROR, "-wal", 0, -1);
    assert_result(write_two(f, batch), UNKNOWN);
    assert_result(batch[0]->result, UNKNOWN);
    assert_int_equal(view(f, "room", "ada")->last_pos, 2);
    /* Refused as long as the log cannot be cleaned, without another try to write. */
    shim_fail(SHIM_SYNC_ERROR, "t.db", 0, -1);
    assert_result(write_two(f, batch), UNAVAILABLE);
    assert_result(batch[1]->result, UNAVAILABLE);
    shim_heal();
    assert_goes_on(f);
}

/* Once failed, the log is emptied before anything is written: what the failed commit left must never come back. */
static void what_an_unknown_commit_left_does_not_come_back(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *batch[2];
    shim_fail(SHIM_SYNC_ERROR, "-wal", 0, 1);
    assert_result(write_two(f, batch), UNKNOWN);
    shim_heal();
    assert_result(run(f, message("c")), OK);
    assert_int_equal(get_message(f, "room", "c")->pos, 3);
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "ada")->last_pos, 3);
    assert_result(act(f, CARILLON_STORAGE_MESSAGE_GET, "room", NULL, "a")->result, NOT_FOUND);
}

static void a_write_error_is_no_acknowledgement(void **state)
{
    struct fixture *f = *state;
    struct carillon_storage_request *batch[2];
    for (int after = 0; after < 5; after++) {
        shim_fail(SHIM_WRITE_ERROR, "-wal", after, -1);
        enum carillon_result result = write_two(f, batch);
        assert_true(result == CARILLON_UNKNOWN || result == CARILLON_UNAVAILABLE);
        assert_true(shim_struck() > 0);
        shim_heal();
    }
    assert_goes_on(f);
}

/* A checkpoint that fails costs nothing but the log's growth. */
static void a_failed_checkpoint_loses_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    option_set("checkpoint_size", "65536");
    fixture_open(f);
    shim_fail(SHIM_WRITE_FULL, "t.db", 0, -1);
    uint64_t last = 0;
    for (int i = 0; i < 30; i++)
        last = say_many(f, "room", "ada", 5);
    assert_true(shim_struck() > 0);
    assert_non_null(strstr(last_log(), "write-ahead log"));
    shim_heal();
    say_many(f, "room", "ada", 5);
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "ada")->last_pos, last + 5);
}

static void a_read_error_fails_that_read(void **state)
{
    struct fixture *f = *state;
    say_many(f, "room", "ada", 200);
    fixture_reopen(f);
    shim_fail(SHIM_READ_ERROR, "t.db", 0, -1);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, r), UNAVAILABLE);
    assert_int_equal(r->out.count, 0);
    assert_non_null(r->out.detail.ptr);
    shim_heal();
    r = request(CARILLON_STORAGE_HISTORY, "room", NULL);
    assert_result(run(f, r), OK);
    assert_int_equal(r->out.count, 100);
}

/* Every point at which a batch may fail, one after the other: none leaves half of it. */
static void failing_anywhere_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 2;
    for (int fault = 0; fault < SHIM_READ_ERROR; fault++) {
        for (int after = 0; after < 12; after++) {
            struct carillon_storage_request *batch[3];
            for (int i = 0; i < 3; i++) {
                batch[i] = request(CARILLON_STORAGE_APPEND, "room", "ada");
                batch[i]->in.type = CARILLON_EVENT_MESSAGE_NEW;
                batch[i]->in.id = arena_printf(batch[i]->arena, "f%d-%d-%d", fault, after, i);
                batch[i]->in.text = batch[i]->in.id;
            }
            shim_fail((enum shim_fault)fault, "-wal", after, 1);
            enum carillon_result result = run_batch(f, batch, 3);
            shim_heal();
            if (result == CARILLON_OK)
                last += 3;
            struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
            r->in.type = CARILLON_EVENT_EVENT;
            r->in.name = str("next");
            assert_result(run(f, r), OK);
            assert_int_equal(r->out.change->pos, ++last);
        }
    }
    fixture_reopen(f);
    assert_int_equal(view(f, "room", "ada")->last_pos, last);
}

/* A real limit of the system, in a child of its own: files may not grow any more. */
static int fill_up(struct fixture *f)
{
    struct rlimit limit = { 400 << 10, RLIM_INFINITY };
    uint64_t acknowledged = 0;
    unsigned refused = 0;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 2;
    for (int i = 0; i < 300; i++) {
        struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
        char *text = arena_alloc(r->arena, 8001);
        memset(text, 'a' + i % 26, 8000);
        r->in.type = CARILLON_EVENT_MESSAGE_NEW;
        r->in.id = arena_printf(r->arena, "r%d", i);
        r->in.text = (struct carillon_str){ text, 8000 };
        plugin_ops()->write(f->writer, &r, 1);
        if (r->result == CARILLON_OK)
            acknowledged = r->out.change->pos;
        else
            refused++;
        request_free_all();
    }
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    struct carillon_storage_request *r = request(CARILLON_STORAGE_APPEND, "room", "ada");
    r->in.type = CARILLON_EVENT_MESSAGE_NEW;
    r->in.id = str("after");
    r->in.text = str("there is room again");
    plugin_ops()->write(f->writer, &r, 1);
    if (!refused)
        return 3;
    if (r->result != CARILLON_OK)
        return 4;
    return r->out.change->pos == acknowledged + 1 ? 0 : 5;
}

static void files_that_may_not_grow(void **state)
{
    struct fixture *f = *state;
    int status;
    (void)f;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fixture own = { 0 };
        shim_remove(); /* the real thing */
        host_begin_test();
        option_set("path", "{dir}/t.db");
        option_set("checkpoint_size", "128k");
        fixture_open(&own);
        create(&own, "room", "ada", CARILLON_VISIBILITY_PUBLIC);
        int result = fill_up(&own);
        fixture_reopen(&own);
        if (result == 0 && !get_message(&own, "room", "after"))
            result = 6;
        fixture_close(&own);
        host_end_test();
        _exit(result);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define FAULT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, shim_teardown)

int run_sqlite_fault_group(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_TEST(a_full_disk_refuses_the_batch),
        FAULT_TEST(a_failed_sync_is_no_acknowledgement),
        FAULT_TEST(what_an_unknown_commit_left_does_not_come_back),
        FAULT_TEST(a_write_error_is_no_acknowledgement),
        FAULT_TEST(a_failed_checkpoint_loses_nothing),
        FAULT_TEST(a_read_error_fails_that_read),
        FAULT_TEST(failing_anywhere_leaves_nothing_behind),
        FAULT_TEST(files_that_may_not_grow),
    };
    return cmocka_run_group_tests_name("SQLite: a failing disk", tests, NULL, NULL);
}
