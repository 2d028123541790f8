/* The out-queue: order, partial writes, dropping whole unsent frames. */
#include "fanout/outq.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static void push_text(struct outq *queue, const char *text)
{
    struct buffer *buffer = buffer_new(strlen(text));
    memcpy(buffer->bytes, text, strlen(text));
    struct frame *frame = frame_new(buffer);
    assert_int_equal(outq_push(queue, frame), CARILLON_OK);
    frame_unref(frame);
}

static void test_partial_writes(void **state)
{
    struct outq queue = { 0 };
    (void)state;
    push_text(&queue, "abc");
    push_text(&queue, "defg");
    assert_int_equal(queue.bytes, 7);
    outq_consume(&queue, 2);
    assert_int_equal(queue.offset, 2);
    outq_consume(&queue, 2);
    assert_int_equal(queue.count, 1);
    assert_int_equal(queue.offset, 1);
    assert_int_equal(queue.bytes, 3);
    outq_consume(&queue, 3);
    assert_int_equal(queue.count, 0);
    assert_int_equal(queue.offset, 0);
    outq_clear(&queue);
    assert_int_equal(buffers_count_bytes(), 0);
}

static void test_drop_keeps_the_half_sent(void **state)
{
    struct outq queue = { 0 };
    (void)state;
    push_text(&queue, "first");
    push_text(&queue, "second");
    push_text(&queue, "third");
    outq_consume(&queue, 1);
    outq_drop_unsent(&queue);
    assert_int_equal(queue.count, 1);
    assert_int_equal(queue.bytes, 4);
    outq_clear(&queue);
    push_text(&queue, "whole");
    outq_drop_unsent(&queue);
    assert_int_equal(queue.count, 0);
    assert_int_equal(queue.bytes, 0);
    outq_clear(&queue);
}

static void test_ring_wraps_in_order(void **state)
{
    struct outq queue = { 0 };
    char text[2] = "";
    unsigned char next = 'A', expected = 'A';
    (void)state;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 3; i++, next = next == 'Z' ? 'A' : (unsigned char)(next + 1)) {
            text[0] = (char)next;
            push_text(&queue, text);
        }
        for (int i = 0; i < (round % 2 ? 4 : 2) && queue.count; i++) {
            assert_int_equal(outq_at(&queue, 0)->buffer->bytes[0], expected);
            expected = expected == 'Z' ? 'A' : (unsigned char)(expected + 1);
            outq_consume(&queue, 1);
        }
    }
    outq_clear(&queue);
    assert_int_equal(buffers_count_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partial_writes),
        cmocka_unit_test(test_drop_keeps_the_half_sent),
        cmocka_unit_test(test_ring_wraps_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
