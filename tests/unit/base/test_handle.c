/* Handles: a stale one is an error, whatever was done with its slot since. */
#include "base/handle.h"
#include "loop/worker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static void test_open_get_close(void **state)
{
    int thing;
    enum carillon_result why = CARILLON_OK;
    (void)state;
    carillon_handle handle = handle_open(HANDLE_CONN, &thing);
    assert_true(handle != 0);
    assert_ptr_equal(handle_get(handle, HANDLE_CONN, &why), &thing);
    assert_null(handle_get(handle, HANDLE_SESSION, &why)); /* another kind */
    assert_int_equal(why, CARILLON_STALE);
    handle_close(handle);
    assert_null(handle_get(handle, HANDLE_CONN, &why));
    assert_int_equal(why, CARILLON_STALE);
    handle_close(handle); /* twice harms nothing */
}

static void test_reused_slots_do_not_revive(void **state)
{
    enum { MANY = 5000 };
    static int things[MANY];
    carillon_handle *old = malloc(MANY * sizeof *old), *fresh = malloc(MANY * sizeof *fresh);
    (void)state;
    for (int i = 0; i < MANY; i++)
        old[i] = handle_open(HANDLE_SESSION, &things[i]);
    for (int i = 0; i < MANY; i++)
        handle_close(old[i]);
    for (int i = 0; i < MANY; i++)
        fresh[i] = handle_open(HANDLE_SESSION, &things[i]);
    for (int i = 0; i < MANY; i++) {
        assert_null(handle_get(old[i], HANDLE_SESSION, NULL));
        assert_ptr_equal(handle_get(fresh[i], HANDLE_SESSION, NULL), &things[i]);
    }
    free(old);
    free(fresh);
}

static void test_foreign_worker(void **state)
{
    enum carillon_result why = CARILLON_OK;
    int thing;
    (void)state;
    carillon_handle handle = handle_open(HANDLE_CONN, &thing);
    carillon_handle other = handle ^ (uint64_t)1 << 48; /* the next worker's */
    assert_true(handle_worker(other) != handle_worker(handle));
    assert_null(handle_get(other, HANDLE_CONN, &why));
    assert_int_equal(why, CARILLON_WRONG_THREAD);
    assert_null(handle_get(0, HANDLE_CONN, &why));
    assert_null(handle_get(UINT64_MAX, HANDLE_CONN, &why));
    handle_close(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_get_close),
        cmocka_unit_test(test_reused_slots_do_not_revive),
        cmocka_unit_test(test_foreign_worker),
    };
    workers_create(1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    handles_free();
    workers_destroy();
    return failed;
}
