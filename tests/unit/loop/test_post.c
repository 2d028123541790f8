/* Posting: order for each producer, nothing lost, under several producers at once. */
#include "loop/post.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { WORKERS = 3, EACH = 20000 };

struct numbered {
    struct task task;
    unsigned from, number;
};

static unsigned next_from[WORKERS][WORKERS];
static atomic_uint arrived, out_of_order;

static void numbered_run(struct task *task)
{
    struct numbered *numbered = (struct numbered *)task;
    unsigned *next = &next_from[worker_index()][numbered->from];
    if (*next != numbered->number)
        atomic_fetch_add(&out_of_order, 1);
    *next = numbered->number + 1;
    free(numbered);
    if (atomic_fetch_add(&arrived, 1) + 1 == WORKERS * WORKERS * EACH)
        workers_quit();
}

static void produce(void *arg)
{
    (void)arg;
    for (unsigned number = 0; number < EACH; number++)
        for (unsigned to = 0; to < WORKERS; to++) {
            struct numbered *numbered = malloc(sizeof *numbered);
            *numbered = (struct numbered){ .task.run = numbered_run, .from = worker_index(), .number = number };
            post_task(to, &numbered->task);
        }
}

static void test_order_of_each_producer(void **state)
{
    (void)state;
    assert_int_equal(workers_create(WORKERS), CARILLON_OK);
    assert_int_equal(workers_start(NULL, NULL), CARILLON_OK);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(post_call(i, produce, NULL), CARILLON_OK);
    workers_run_main();
    workers_join();
    assert_int_equal(atomic_load(&arrived), WORKERS * WORKERS * EACH);
    assert_int_equal(atomic_load(&out_of_order), 0);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(post_count_waiting(i), 0);
    workers_destroy();
}

static void test_main_is_no_worker(void **state)
{
    (void)state;
    assert_int_equal(worker_index(), WORKER_NONE);
    assert_int_equal(workers_create(0), CARILLON_INVALID);
    assert_int_equal(workers_create(WORKER_MAX + 1), CARILLON_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_each_producer),
        cmocka_unit_test(test_main_is_no_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
