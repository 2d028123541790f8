/* What scripts keep through a restart: written and read again, with its time; nothing of a damaged file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "loop/worker.h"
#include "lua/shared/keep.h"
#include "lua/shared/shared.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/carillon-keep-XXXXXX";
static char path[64];

static struct shared_shard *lock(enum shared_kind kind, const char *app, const char *key)
{
    const struct shared_key whole = { kind, { app, strlen(app) }, { key, strlen(key) } };
    return shared_lock(shared_of_daemon(), &whole);
}

static void put(enum shared_kind kind, const char *app, const char *key, const char *value, int64_t until_ms)
{
    struct shared_shard *shard = lock(kind, app, key);
    char *to = shared_put(shard, strlen(value) + 1, until_ms, loop_monotonic_ms());
    assert_non_null(to);
    memcpy(to, value, strlen(value) + 1);
    shared_unlock(shard);
}

static void check(enum shared_kind kind, const char *app, const char *key, const char *value)
{
    size_t size;
    struct shared_shard *shard = lock(kind, app, key);
    const char *found = shared_find(shard, loop_monotonic_ms(), &size);
    if (value)
        assert_string_equal(found, value);
    else
        assert_null(found);
    shared_unlock(shard);
}

/* As a daemon that ends and another that begins: names are hashed otherwise there. */
static void restart(void)
{
    keep_close();
    shared_clear();
    hash_seed++;
    keep_configure(path, 1000);
}

static int begin(void **state)
{
    (void)state;
    keep_configure(path, 1000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    keep_close();
    shared_clear();
    unlink(path);
    return 0;
}

static void test_kept(void **state)
{
    (void)state;
    int64_t now_ms = loop_monotonic_ms();
    put(SHARED_KV, "main", "lasting", "a", INT64_MAX);
    put(SHARED_KV, "other", "lasting", "b", INT64_MAX);
    put(SHARED_KV, "main", "long", "c", now_ms + 3600000);
    put(SHARED_KV, "main", "over", "d", now_ms);
    put(SHARED_TOKEN, "main", "token", "e", INT64_MAX);
    put(SHARED_WINDOW, "main", "window", "f", INT64_MAX);
    for (int i = 0; i < 2; i++) {
        restart();
        check(SHARED_KV, "main", "lasting", "a");
        check(SHARED_KV, "other", "lasting", "b");
        check(SHARED_KV, "main", "long", "c");
        check(SHARED_KV, "main", "over", NULL);
        check(SHARED_TOKEN, "main", "token", NULL);
        check(SHARED_WINDOW, "main", "window", NULL);
    }
    struct shared_shard *shard = lock(SHARED_KV, "main", "long");
    size_t size;
    assert_non_null(shared_find(shard, loop_monotonic_ms(), &size));
    assert_in_range(shared_until(shard), now_ms + 3590000, now_ms + 3610000);
    shared_remove(shard);
    shared_unlock(shard);
    restart();
    check(SHARED_KV, "main", "long", NULL);
    check(SHARED_KV, "main", "lasting", "a");
}

static void test_turns(void **state)
{
    (void)state;
    int64_t now_ms = loop_monotonic_ms();
    keep_turn(now_ms + 10000);
    assert_int_equal(access(path, F_OK), -1); /* nothing to write */
    put(SHARED_WINDOW, "main", "window", "x", INT64_MAX);
    keep_turn(now_ms + 20000);
    assert_int_equal(access(path, F_OK), -1);
    put(SHARED_KV, "main", "key", "x", INT64_MAX);
    keep_turn(now_ms + 20500);
    assert_int_equal(access(path, F_OK), -1); /* not due */
    keep_turn(now_ms + 21000);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    unlink(path);
    keep_turn(now_ms + 30000);
    assert_int_equal(access(path, F_OK), -1); /* nothing has changed */
}

static void write_bytes(const char *bytes, size_t len)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fwrite(bytes, 1, len, out);
    fclose(out);
}

static void test_damage(void **state)
{
    (void)state;
    char whole[4096];
    put(SHARED_KV, "main", "key", "value", INT64_MAX);
    keep_close();
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t len = fread(whole, 1, sizeof whole, in);
    fclose(in);
    for (size_t at = 0; at < len; at++) {
        whole[at] ^= 1;
        write_bytes(whole, len);
        whole[at] ^= 1;
        shared_clear();
        keep_configure(path, 1000);
        assert_int_equal(shared_count(), 0);
        keep_close();
    }
    for (size_t cut = 0; cut < len; cut++) {
        write_bytes(whole, cut);
        keep_configure(path, 1000);
        assert_int_equal(shared_count(), 0);
        keep_close();
    }
    write_bytes(whole, len);
    keep_configure(path, 1000);
    check(SHARED_KV, "main", "key", "value");
}

static void test_never(void **state)
{
    (void)state;
    keep_close();
    keep_configure(path, 0);
    put(SHARED_KV, "main", "key", "x", INT64_MAX);
    keep_turn(loop_monotonic_ms() + 100000);
    keep_close();
    assert_int_equal(access(path, F_OK), -1);
}

static void test_unwritable(void **state)
{
    (void)state;
    keep_close();
    keep_configure("/nowhere/at/all", 1000);
    put(SHARED_KV, "main", "key", "x", INT64_MAX);
    keep_turn(loop_monotonic_ms() + 100000);
    keep_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_turns, begin, end),
        cmocka_unit_test_setup_teardown(test_damage, begin, end),
        cmocka_unit_test_setup_teardown(test_never, begin, end),
        cmocka_unit_test_setup_teardown(test_unwritable, begin, end),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/scripts.kv", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
