/* What scripts share: its room is bounded, what is over goes first, and workers count together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lua/shared/shared.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { KEYS = 4000, THREADS = 4, TIMES = 5000, VALUE = 100 };

static struct shared_shard *lock(const char *app, int number)
{
    char key[32];
    snprintf(key, sizeof key, "key %d", number);
    const struct shared_key whole = { SHARED_KV, { app, strlen(app) }, { key, strlen(key) } };
    return shared_lock(shared_of_daemon(), &whole);
}

static void put(int number, int64_t until_ms, int64_t now_ms)
{
    struct shared_shard *shard = lock("app", number);
    assert_non_null(shared_put(shard, VALUE, until_ms, now_ms));
    shared_unlock(shard);
}

static bool has(const char *app, int number, int64_t now_ms)
{
    size_t size;
    struct shared_shard *shard = lock(app, number);
    bool found = shared_find(shard, now_ms, &size) != NULL;
    shared_unlock(shard);
    return found;
}

static int start(void **state)
{
    (void)state;
    shared_set_room(64 << 20);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    shared_clear();
    return 0;
}

static void test_over(void **state)
{
    (void)state;
    put(1, 100, 0);
    assert_true(has("app", 1, 99));
    assert_false(has("app", 1, 100));
    assert_int_equal(shared_count(), 0);
}

static void test_apps(void **state)
{
    (void)state;
    put(1, INT64_MAX, 0);
    assert_true(has("app", 1, 0));
    assert_false(has("another", 1, 0));
}

/* What is used stays although it is old. */
static void test_oldest_go(void **state)
{
    (void)state;
    uint64_t before = shared_count_forgotten();
    shared_set_room(256 << 10);
    for (int i = 0; i < KEYS; i++) {
        put(i, INT64_MAX, 0);
        assert_true(has("app", 0, 0));
    }
    assert_true(shared_count() < KEYS / 2);
    assert_int_equal(shared_count_forgotten() - before, KEYS - shared_count());
    assert_true(has("app", KEYS - 1, 0));
    assert_false(has("app", 1, 0));
}

/* Values that are over, though used later than those that live, make the room. */
static void test_over_make_room(void **state)
{
    (void)state;
    uint64_t before = shared_count_forgotten();
    shared_set_room(4 << 20);
    for (int i = 0; i < KEYS; i++)
        put(i, INT64_MAX, 0);
    for (int i = KEYS; i < 20 * KEYS; i++)
        put(i, i, i); /* over at once */
    for (int i = 0; i < KEYS; i++)
        assert_true(has("app", i, 0));
    assert_int_equal(shared_count_forgotten() - before, 0);
}

static void test_sweep(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        put(i, i % 2 ? 100 : INT64_MAX, 0);
    for (int i = 0; i < 10; i++)
        shared_sweep(50);
    assert_int_equal(shared_count(), KEYS);
    for (int i = 0; i < 10; i++)
        shared_sweep(100);
    assert_int_equal(shared_count(), KEYS / 2);
}

static void *count_up(void *arg)
{
    (void)arg;
    for (int i = 0; i < TIMES; i++) {
        size_t size;
        struct shared_shard *shard = lock("app", i % 3);
        uint64_t *n = shared_find(shard, 0, &size);
        if (!n)
            n = shared_put(shard, sizeof *n, INT64_MAX, 0);
        ++*n;
        shared_unlock(shard);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint64_t sum = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 3; i++) {
        size_t size;
        struct shared_shard *shard = lock("app", i);
        sum += *(uint64_t *)shared_find(shard, 0, &size);
        shared_unlock(shard);
    }
    assert_int_equal(sum, THREADS * TIMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_over, start, clear),
        cmocka_unit_test_setup_teardown(test_apps, start, clear),
        cmocka_unit_test_setup_teardown(test_oldest_go, start, clear),
        cmocka_unit_test_setup_teardown(test_over_make_room, start, clear),
        cmocka_unit_test_setup_teardown(test_sweep, start, clear),
        cmocka_unit_test_setup_teardown(test_threads, start, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
