#include "listener/deflate.h"
#include "listener/ws_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 6455 5.7: "Hello" unmasked. */
static void test_hello(void **state)
{
    static const unsigned char expected[] = { 0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f };
    struct buffer *buffer = ws_frame_build_text("Hello", 5);
    (void)state;
    assert_int_equal(buffer->len, sizeof expected);
    assert_memory_equal(buffer->bytes, expected, sizeof expected);
    buffer_unref(buffer);
}

/* Reads the frames of a message back; returns how many there were. */
static size_t read_back(const struct buffer *buffer, char *out, size_t *out_len, unsigned first_bits)
{
    size_t at = 0, frames = 0;
    *out_len = 0;
    while (at < buffer->len) {
        unsigned char first = buffer->bytes[at], second = buffer->bytes[at + 1];
        size_t len = second, header = 2, begin = at;
        if (second == 126) {
            len = (size_t)buffer->bytes[at + 2] << 8 | buffer->bytes[at + 3];
            header = 4;
            assert_true(len >= 126); /* the shortest form */
        }
        assert_true(second <= 126);
        assert_int_equal(first & 0x7f, frames ? 0 : first_bits);
        memcpy(out + *out_len, buffer->bytes + at + header, len);
        *out_len += len;
        at += header + len;
        assert_int_equal(first >> 7, at == buffer->len);
        assert_true(at == buffer->len || at - begin == WS_FRAME_MAX);
        frames++;
    }
    return frames;
}

static void test_lengths(void **state)
{
    static const struct {
        size_t len, frames;
    } table[] = { { 0, 1 },     { 1, 1 },     { 125, 1 },   { 126, 1 },   { 127, 1 },   { 16379, 1 }, { 16380, 1 },
                  { 16381, 2 }, { 16384, 2 }, { 32760, 2 }, { 32761, 3 }, { 65535, 5 }, { 65536, 5 }, { 200000, 13 } };
    char *payload = malloc(200000), *back = malloc(200000);
    size_t back_len;
    (void)state;
    for (size_t i = 0; i < 200000; i++)
        payload[i] = (char)(i * 7919 >> 3);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct buffer *buffer = ws_frame_build_text(payload, table[i].len);
        assert_int_equal(read_back(buffer, back, &back_len, 1), table[i].frames);
        assert_int_equal(back_len, table[i].len);
        assert_memory_equal(back, payload, back_len);
        buffer_unref(buffer);
    }
    free(payload);
    free(back);
}

/* The pieces of a message one behind the other: the type once, the end once, and what they hold. */
static void test_pieces(void **state)
{
    static const size_t lengths[] = { 0, 1, 125, 126, 16380, 16381, 40000 };
    enum { N = sizeof lengths / sizeof lengths[0] };
    char *payload = malloc(40000), *back = malloc(40000);
    (void)state;
    for (size_t i = 0; i < 40000; i++)
        payload[i] = (char)(i * 7919 >> 3);
    for (size_t i = 0; i < N; i++)
        for (unsigned ends = 0; ends < 4; ends++) {
            bool first = ends & 1, last = ends & 2;
            struct buffer *piece = ws_frame_build_piece(payload, lengths[i], first, last);
            bool alone = piece->len <= WS_FRAME_MAX;
            assert_int_equal(piece->bytes[0], (first ? 1 : 0) | (last && alone ? 0x80 : 0));
            assert_int_equal(ws_frame_unwrap(piece, NULL), lengths[i]);
            assert_int_equal(ws_frame_unwrap(piece, back), lengths[i]);
            assert_memory_equal(back, payload, lengths[i]);
            buffer_unref(piece);
        }
    free(payload);
    free(back);
}

static void test_deflated(void **state)
{
    char payload[60000], back[60000];
    size_t back_len;
    struct inflated whole;
    (void)state;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (char)('a' + i * i % 17);
    for (size_t len = WS_DEFLATE_MIN; len <= sizeof payload; len = len * 3 + 1) {
        struct buffer *buffer = ws_frame_build_deflated(payload, len);
        assert_non_null(buffer);
        assert_true(buffer->len < len);
        read_back(buffer, back, &back_len, 0x41);
        assert_int_equal(deflate_inflate(back, back_len, len, &whole), CARILLON_OK);
        assert_int_equal(whole.len, len);
        assert_memory_equal(whole.bytes, payload, len);
        buffer_unref(buffer);
    }
    assert_null(ws_frame_build_deflated(payload, WS_DEFLATE_MIN - 1));
    ws_frame_free_thread();
    deflate_free_thread();
}

static void test_noise_is_not_deflated(void **state)
{
    char noise[4096];
    unsigned seed = 1;
    (void)state;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
    assert_null(ws_frame_build_deflated(noise, sizeof noise));
    ws_frame_free_thread();
}

/* RFC 7692 7.2.3.1 to 7.2.3.5: "Hello" in the forms that a deflater may choose. */
static void test_inflates_the_examples(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } table[] = {
        { "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello" },
        { "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11, "Hello" },
        { "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, "Hello" },
        { "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13, "Hello" },
        { "\x00", 1, "" },
    };
    struct inflated whole;
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(deflate_inflate(table[i].bytes, table[i].len, 100, &whole), CARILLON_OK);
        assert_string_equal(whole.bytes, table[i].text);
    }
    assert_int_equal(deflate_inflate(table[0].bytes, 7, 5, &whole), CARILLON_OK);
    assert_int_equal(deflate_inflate(table[0].bytes, 7, 4, &whole), CARILLON_TOO_LARGE);
    assert_int_equal(deflate_inflate("\xff\xff\xff", 3, 100, &whole), CARILLON_INVALID);
    /* Nothing of a failure stays behind. */
    assert_int_equal(deflate_inflate(table[0].bytes, 7, 100, &whole), CARILLON_OK);
    deflate_free_thread();
}

static void test_negotiates(void **state)
{
    struct deflate_agreed agreed;
    char answer[128];
    (void)state;
    assert_true(deflate_negotiate(CARILLON_STR(" permessage-deflate ;client_max_window_bits = 12"), &agreed));
    assert_int_equal(agreed.server_bits, 15);
    assert_false(agreed.server_bits_told);
    assert_true(deflate_negotiate(
        CARILLON_STR("a, permessage-deflate; x, PERMESSAGE-DEFLATE; server_max_window_bits=10"), &agreed));
    size_t len = deflate_answer(&agreed, answer, sizeof answer);
    assert_int_equal(len, strlen(answer));
    assert_string_equal(answer, "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10");
    assert_false(deflate_negotiate(CARILLON_STR(""), &agreed));
    assert_false(deflate_negotiate(CARILLON_STR(",;=,,"), &agreed));
    assert_false(deflate_negotiate(CARILLON_STR("permessage-deflatee"), &agreed));
    assert_false(deflate_negotiate(CARILLON_STR("permessage-deflate;;"), &agreed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_deflated),
        cmocka_unit_test(test_noise_is_not_deflated),
        cmocka_unit_test(test_inflates_the_examples),
        cmocka_unit_test(test_negotiates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
