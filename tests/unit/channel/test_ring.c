/* The ring of recent events: bounds, and what it says it covers. */
#include "channel/ring.h"
#include "loop/worker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static void push(struct ring *ring, uint64_t pos, const struct ring_limits *limits)
{
    struct carillon_event what = {
        .channel = CARILLON_STR("c"), .app = CARILLON_STR("a"), .pos = pos, .data = CARILLON_STR("null")
    };
    struct shared_event *event = shared_event_new(&what, (struct carillon_str){ 0 });
    ring_push(ring, event, limits);
    shared_event_unref(event);
}

static void assert_after(const struct ring *ring, uint64_t pos, uint64_t first, size_t n)
{
    size_t count;
    assert_true(ring_covers(ring, pos));
    struct shared_event **events = ring_copy_after(ring, pos, &count);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(events[i]->pub.pos, first + i);
        shared_event_unref(events[i]);
    }
    free(events);
}

static void test_bounded_by_count(void **state)
{
    const struct ring_limits limits = { .events = 5, .bytes = 1 << 20 };
    struct ring ring = { 0 };
    (void)state;
    assert_false(ring_covers(&ring, 0));
    for (uint64_t pos = 1; pos <= 100; pos++) {
        push(&ring, pos, &limits);
        assert_int_equal(ring.count, pos < 5 ? pos : 5);
    }
    assert_false(ring_covers(&ring, 94)); /* 95 is gone */
    assert_after(&ring, 95, 96, 5);
    assert_after(&ring, 99, 100, 1);
    assert_after(&ring, 100, 0, 0);
    assert_false(ring_covers(&ring, 101)); /* the future */
    ring_clear(&ring);
    assert_int_equal(rings_count_bytes(), 0);
}

static void test_bounded_by_bytes(void **state)
{
    struct ring_limits limits = { .events = 1000, .bytes = 1 << 20 };
    struct ring ring = { 0 };
    (void)state;
    push(&ring, 1, &limits);
    limits.bytes = ring.bytes * 3;
    for (uint64_t pos = 2; pos <= 50; pos++)
        push(&ring, pos, &limits);
    assert_int_equal(ring.count, 3);
    limits.bytes = 10; /* an event that does not fit at all leads to a reset, not to a hole */
    push(&ring, 51, &limits);
    assert_int_equal(ring.count, 0);
    assert_false(ring_covers(&ring, 50));
    ring_clear(&ring);
}

static void test_old_ones_expire(void **state)
{
    const struct ring_limits limits = { .events = 10, .bytes = 1 << 20 };
    struct ring ring = { 0 };
    (void)state;
    push(&ring, 1, &limits);
    push(&ring, 2, &limits);
    ring_expire(&ring, loop_monotonic_ms() - 60000);
    assert_after(&ring, 1, 2, 1);
    ring_expire(&ring, loop_monotonic_ms() + 1);
    assert_false(ring_covers(&ring, 1));
    assert_int_equal(ring.count, 0);
    ring_clear(&ring);
    assert_int_equal(rings_count_bytes(), 0);
}

static void test_gap_empties(void **state)
{
    const struct ring_limits limits = { .events = 10, .bytes = 1 << 20 };
    struct ring ring = { 0 };
    (void)state;
    push(&ring, 1, &limits);
    push(&ring, 2, &limits);
    push(&ring, 7, &limits);
    assert_false(ring_covers(&ring, 2));
    assert_after(&ring, 6, 7, 1);
    ring_clear(&ring);
    assert_int_equal(rings_count_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded_by_count),
        cmocka_unit_test(test_bounded_by_bytes),
        cmocka_unit_test(test_old_ones_expire),
        cmocka_unit_test(test_gap_empties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
