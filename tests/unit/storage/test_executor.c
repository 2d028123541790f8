/*
 * The executor, over a storage whose writes and reads wait at a gate: batches, order, bounds, time-outs, closing. The main
 * loop is the worker.
 */
#include "config/config.h"
#include "loop/worker.h"
#include "storage/storage.h"

#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { WRITERS = 4, READERS = 2, MAX_BATCH = 16, CONVERSATIONS = 10, SEEN_MAX = 4096 };

/* ---- the storage ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool shut;
    unsigned calls, inside, batches[SEEN_MAX];
    enum carillon_result batch_result;
    /* For each write: who, of which conversation, which. */
    struct {
        unsigned thread;
        char conversation[8];
        uint64_t number;
    } seen[SEEN_MAX];
    unsigned seen_count;
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };

struct carillon_storage {
    unsigned threads;
};

struct carillon_storage_thread {
    unsigned number;
};

static enum carillon_result fake_open(struct carillon_storage **store, char *error, size_t size)
{
    (void)error;
    (void)size;
    *store = calloc(1, sizeof(**store));
    return CARILLON_OK;
}

static void fake_close(struct carillon_storage *store)
{
    free(store);
}

static enum carillon_result fake_thread_open(struct carillon_storage *store, bool writer,
                                             struct carillon_storage_thread **thread)
{
    (void)writer;
    *thread = calloc(1, sizeof(**thread));
    (*thread)->number = ++store->threads;
    return CARILLON_OK;
}

static void fake_thread_close(struct carillon_storage_thread *thread)
{
    free(thread);
}

static void pass_gate(void)
{
    fake.inside++;
    while (fake.shut)
        pthread_cond_wait(&fake.opened, &fake.lock);
    fake.inside--;
}

static void answer(struct carillon_storage_request *request)
{
    request->result = CARILLON_OK;
    request->out.cursor = arena_printf(request->arena, "answer %u", (unsigned)request->in.pos);
}

static enum carillon_result fake_write(struct carillon_storage_thread *thread,
                                       struct carillon_storage_request **requests, size_t n)
{
    pthread_mutex_lock(&fake.lock);
    fake.batches[fake.calls++] = (unsigned)n;
    pass_gate();
    for (size_t i = 0; i < n; i++) {
        fake.seen[fake.seen_count].thread = thread->number;
        fake.seen[fake.seen_count].number = requests[i]->in.pos;
        strcpy(fake.seen[fake.seen_count++].conversation, requests[i]->in.conversation.ptr);
        answer(requests[i]);
    }
    enum carillon_result result = fake.batch_result;
    pthread_mutex_unlock(&fake.lock);
    return result;
}

static void fake_read(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    (void)thread;
    pthread_mutex_lock(&fake.lock);
    pass_gate();
    answer(request);
    pthread_mutex_unlock(&fake.lock);
}

static void set_gate(bool shut)
{
    pthread_mutex_lock(&fake.lock);
    fake.shut = shut;
    pthread_cond_broadcast(&fake.opened);
    pthread_mutex_unlock(&fake.lock);
}

static void wait_until_inside(unsigned n)
{
    for (bool there = false; !there;) {
        pthread_mutex_lock(&fake.lock);
        there = fake.inside == n;
        pthread_mutex_unlock(&fake.lock);
        usleep(1000);
    }
}

/* ---- the worker ---- */

static const struct carillon_storage_ops ops = {
    .size = sizeof(ops),
    .name = "fake",
    .writers = WRITERS,
    .readers = READERS,
    .max_batch = MAX_BATCH,
    .open = fake_open,
    .close = fake_close,
    .thread_open = fake_thread_open,
    .thread_close = fake_thread_close,
    .write = fake_write,
    .read = fake_read,
};

static unsigned done_count;
static enum carillon_result results[SEEN_MAX]; /* by in.pos */
static char answers[SEEN_MAX][32];
static bool submitting;

static void done(struct carillon_storage_request *request, void *arg)
{
    assert_ptr_equal(arg, &done_count);
    assert_false(submitting); /* always from the loop */
    assert_int_equal(worker_index(), WORKER_MAIN);
    results[request->in.pos] = request->result;
    if (request->out.cursor.ptr)
        strcpy(answers[request->in.pos], request->out.cursor.ptr);
    done_count++;
    storage_request_free(request);
}

static struct carillon_storage_request *submit(enum carillon_storage_op op, const char *conversation, unsigned number)
{
    struct carillon_storage_request *request = storage_request_new(op, CARILLON_STR("main"));
    assert_non_null(request);
    request->in.conversation = storage_request_str(request,
                                                   (struct carillon_str){ conversation, strlen(conversation) });
    request->in.pos = number;
    submitting = true;
    storage_submit(request, done, &done_count);
    submitting = false;
    return request;
}

static void turn_until(unsigned n)
{
    while (done_count < n)
        event_base_loop(worker_base(WORKER_MAIN), EVLOOP_ONCE);
    event_base_loop(worker_base(WORKER_MAIN), EVLOOP_NONBLOCK);
    assert_int_equal(done_count, n);
}

static void start(const char *timeout, const char *max_waiting)
{
    const char *const settings[] = { timeout, max_waiting };
    char path[] = "/tmp/carillon-executor-XXXXXX"; /* empty: not what this machine may have configured */
    int fd = mkstemp(path);
    struct config_sources sources = { .file = path, .settings = settings, .setting_count = 2 };
    struct config_problems problems;
    struct config *config;
    char error[256] = "";
    if (config_load(&sources, &config, &problems) != CARILLON_OK)
        fail_msg("%s", problems.texts[0]);
    config_problems_free(&problems);
    close(fd);
    unlink(path);
    fake.calls = fake.seen_count = 0;
    fake.batch_result = CARILLON_OK;
    done_count = 0;
    memset(answers, 0, sizeof(answers));
    if (storage_open(&ops, config, error) != CARILLON_OK)
        fail_msg("%s", error);
    config_unref(config);
}

static int setup(void **state)
{
    (void)state;
    start("storage_options.timeout=1", "storage_options.max_waiting=2000");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    set_gate(false);
    storage_close();
    event_base_loop(worker_base(WORKER_MAIN), EVLOOP_NONBLOCK);
    return 0;
}

static int create_loop(void **state)
{
    (void)state;
    return config_declare_daemon() == CARILLON_OK && workers_create(1) == CARILLON_OK ? 0 : -1;
}

static int destroy_loop(void **state)
{
    (void)state;
    workers_destroy();
    return 0;
}

/* ---- the tests ---- */

static void an_answer_comes_back_once(void **state)
{
    (void)state;
    submit(CARILLON_STORAGE_APPEND, "a", 1);
    submit(CARILLON_STORAGE_HISTORY, "a", 2);
    turn_until(2);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(results[i], CARILLON_OK);
        assert_string_equal(answers[i], i == 1 ? "answer 1" : "answer 2");
    }
    assert_int_equal(storage_count_waiting(), 0);
    assert_true(storage_is_healthy());
}

static void what_waits_is_one_batch(void **state)
{
    (void)state;
    set_gate(true);
    submit(CARILLON_STORAGE_APPEND, "a", 0);
    wait_until_inside(1);
    for (unsigned i = 1; i <= 20; i++)
        submit(CARILLON_STORAGE_APPEND, "a", i);
    assert_int_equal(storage_count_waiting(), 21);
    set_gate(false);
    turn_until(21);
    assert_int_equal(fake.calls, 3);
    assert_int_equal(fake.batches[0], 1);
    assert_int_equal(fake.batches[1], MAX_BATCH);
    assert_int_equal(fake.batches[2], 4);
}

static void a_conversation_keeps_its_order(void **state)
{
    static const enum carillon_storage_op writes[] = { CARILLON_STORAGE_APPEND, CARILLON_STORAGE_RETENTION,
                                                       CARILLON_STORAGE_EDIT };
    unsigned thread_of[CONVERSATIONS] = { 0 }, next[CONVERSATIONS] = { 0 }, used = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char name[8] = { 'c', (char)('0' + i % CONVERSATIONS), '\0' };
        submit(writes[i % 3], name, i);
    }
    turn_until(1000);
    for (unsigned i = 0; i < fake.seen_count; i++) {
        unsigned c = (unsigned)(fake.seen[i].conversation[1] - '0');
        assert_int_equal(fake.seen[i].number, c + CONVERSATIONS * next[c]++);
        assert_true(!thread_of[c] || thread_of[c] == fake.seen[i].thread);
        thread_of[c] = fake.seen[i].thread;
        used |= 1u << thread_of[c];
    }
    assert_true(used & (used - 1)); /* not all through one thread */
}

static void readers_pass_writers(void **state)
{
    (void)state;
    set_gate(true);
    submit(CARILLON_STORAGE_APPEND, "a", 1);
    submit(CARILLON_STORAGE_HISTORY, "a", 2);
    submit(CARILLON_STORAGE_HISTORY, "a", 3);
    wait_until_inside(3); /* one writer and both readers at once */
    set_gate(false);
    turn_until(3);
}

static void too_many_are_busy(void **state)
{
    (void)state;
    storage_close();
    start("storage_options.timeout=5", "storage_options.max_waiting=3");
    set_gate(true);
    for (unsigned i = 0; i < 5; i++)
        submit(i % 2 ? CARILLON_STORAGE_HISTORY : CARILLON_STORAGE_APPEND, "a", i);
    turn_until(2);
    assert_int_equal(results[3], CARILLON_BUSY);
    assert_int_equal(results[4], CARILLON_BUSY);
    set_gate(false);
    turn_until(5);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(results[i], CARILLON_OK);
    submit(CARILLON_STORAGE_APPEND, "a", 5);
    turn_until(6);
    assert_int_equal(results[5], CARILLON_OK);
}

static void who_waits_too_long_is_told(void **state)
{
    (void)state;
    set_gate(true);
    submit(CARILLON_STORAGE_APPEND, "a", 0);
    wait_until_inside(1);
    submit(CARILLON_STORAGE_APPEND, "a", 1); /* does not begin */
    submit(CARILLON_STORAGE_HISTORY, "a", 2);
    wait_until_inside(2);
    turn_until(3);
    assert_int_equal(results[0], CARILLON_UNKNOWN);
    assert_int_equal(results[1], CARILLON_UNAVAILABLE);
    assert_int_equal(results[2], CARILLON_UNAVAILABLE);
    assert_false(storage_is_healthy());
    set_gate(false);
    submit(CARILLON_STORAGE_APPEND, "a", 3);
    turn_until(4); /* and nobody is told twice */
    assert_int_equal(results[3], CARILLON_OK);
    assert_true(storage_is_healthy());
    assert_int_equal(fake.seen_count, 2);                        /* what had not begun was not done */
    for (int i = 0; i < 60000 && storage_count_waiting(); i++) { /* the reader's late answer comes in its own time */
        event_base_loop(worker_base(WORKER_MAIN), EVLOOP_NONBLOCK);
        usleep(1000);
    }
    assert_int_equal(storage_count_waiting(), 0);
}

static void a_failed_batch_fails_all_of_it(void **state)
{
    (void)state;
    set_gate(true);
    submit(CARILLON_STORAGE_APPEND, "a", 0);
    wait_until_inside(1);
    submit(CARILLON_STORAGE_APPEND, "a", 1);
    submit(CARILLON_STORAGE_APPEND, "a", 2);
    fake.batch_result = CARILLON_UNKNOWN;
    set_gate(false);
    turn_until(3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(results[i], CARILLON_UNKNOWN);
    assert_false(storage_is_healthy());
}

static void freed_under_way_it_is_done_all_the_same(void **state)
{
    (void)state;
    set_gate(true);
    submit(CARILLON_STORAGE_APPEND, "a", 0);
    wait_until_inside(1);
    storage_request_free(submit(CARILLON_STORAGE_APPEND, "a", 1));
    storage_request_free(submit(CARILLON_STORAGE_HISTORY, "a", 2));
    storage_request_free(storage_request_new(CARILLON_STORAGE_PING, CARILLON_STR("main")));
    storage_request_free(NULL);
    set_gate(false);
    submit(CARILLON_STORAGE_APPEND, "a", 3);
    turn_until(2);
    assert_int_equal(fake.seen_count, 3);
}

static void closing_finishes_what_was_submitted(void **state)
{
    (void)state;
    set_gate(true);
    for (unsigned i = 0; i < 200; i++)
        submit(CARILLON_STORAGE_APPEND, i % 2 ? "a" : "b", i);
    set_gate(false);
    storage_close();
    assert_int_equal(fake.seen_count, 200);
    turn_until(200);
}

int main(void)
{
#define EXECUTOR_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        EXECUTOR_TEST(an_answer_comes_back_once),
        EXECUTOR_TEST(what_waits_is_one_batch),
        EXECUTOR_TEST(a_conversation_keeps_its_order),
        EXECUTOR_TEST(readers_pass_writers),
        EXECUTOR_TEST(too_many_are_busy),
        EXECUTOR_TEST(who_waits_too_long_is_told),
        EXECUTOR_TEST(a_failed_batch_fails_all_of_it),
        EXECUTOR_TEST(freed_under_way_it_is_done_all_the_same),
        EXECUTOR_TEST(closing_finishes_what_was_submitted),
    };
    return cmocka_run_group_tests(tests, create_loop, destroy_loop);
}
