#include "unit/session/fixture.h"

#include "base/base64url.h"

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    struct config *config = fixture_config("");
    assert_int_equal(tokens_open(config), CARILLON_OK);
    config_unref(config);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tokens_close();
    fixture_close();
    return 0;
}

static void test_round_trip(void **state)
{
    (void)state;
    unsigned char bytes[300], back[300];
    char sealed[600];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t len = 1; len <= sizeof bytes; len += 13) {
        size_t written = token_seal("cursor", bytes, len, sealed, sizeof sealed);
        assert_int_equal(written, strlen(sealed));
        assert_int_equal(token_unseal("cursor", (struct carillon_str){ sealed, written }, back, sizeof back), len);
        assert_memory_equal(bytes, back, len);
    }
}

static void test_what_is_refused(void **state)
{
    (void)state;
    char sealed[200], back[100];
    size_t len = token_seal("cursor", "hello", 5, sealed, sizeof sealed);
    assert_true(len > 0);
    assert_int_equal(token_unseal("other", (struct carillon_str){ sealed, len }, back, sizeof back), 0);
    assert_int_equal(token_unseal("cursor", (struct carillon_str){ sealed, len }, back, 4), 0);
    for (size_t i = 0; i < len; i++) {
        char kept = sealed[i];
        sealed[i] = kept == 'A' ? 'B' : 'A';
        assert_int_equal(token_unseal("cursor", (struct carillon_str){ sealed, len }, back, sizeof back), 0);
        sealed[i] = kept;
    }
    assert_int_equal(token_unseal("cursor", CARILLON_STR(""), back, sizeof back), 0);
    assert_int_equal(token_seal("cursor", "hello", 5, sealed, 40), 0);
}

static void test_base64url(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *text;
    } cases[] = { { "", "" },        { "f", "Zg" },         { "fo", "Zm8" },
                  { "foo", "Zm9v" }, { "\xff\xfe", "__4" }, { "foobar", "Zm9vYmFy" } };
    char out[32];
    size_t len;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        base64url_encode(cases[i].plain, strlen(cases[i].plain), out);
        assert_string_equal(out, cases[i].text);
        assert_true(base64url_decode(str_of(cases[i].text), out, sizeof out, &len));
        assert_int_equal(len, strlen(cases[i].plain));
        assert_memory_equal(out, cases[i].plain, len);
    }
    static const char *const bad[] = { "Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9v\n", " Zg" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (base64url_decode(str_of(bad[i]), out, sizeof out, &len))
            fail_msg("'%s' was taken", bad[i]);
    assert_false(base64url_decode(CARILLON_STR("Zm9v"), out, 2, &len));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip), cmocka_unit_test(test_what_is_refused),
                                        cmocka_unit_test(test_base64url) };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
