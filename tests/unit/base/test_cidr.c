#include "base/cidr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, text ? strlen(text) : 0 };
}

static void test_parses(void **state)
{
    static const char *const good[] = { "127.0.0.1",     "10.0.0.0/8", "0.0.0.0/0", "192.0.2.255/32",     "::1",
                                        "2001:db8::/32", "::/0",       "fe80::/10", "::ffff:10.0.0.0/104" };
    static const char *const bad[] = { "",
                                       "10.0.0.1/8",
                                       "10.0.0.0/33",
                                       "10.0.0.0/",
                                       "10.0.0.0/8x",
                                       "10.0.0.0/-1",
                                       "10.0.0",
                                       "2001:db8::1/32",
                                       "::/129",
                                       "example.org",
                                       "10.0.0.0/ 8",
                                       "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/128" };
    struct cidr cidr;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(cidr_parse(str(good[i]), &cidr));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cidr_parse(str(bad[i]), &cidr));
    assert_false(cidr_parse((struct carillon_str){ 0 }, &cidr));
}

static void test_contains(void **state)
{
    static const struct {
        const char *network, *address;
        bool inside;
    } table[] = {
        { "10.0.0.0/8", "10.255.0.1", true },
        { "10.0.0.0/8", "11.0.0.1", false },
        { "10.0.0.0/8", "::ffff:10.1.2.3", true },
        { "192.0.2.128/25", "192.0.2.127", false },
        { "192.0.2.128/25", "192.0.2.128", true },
        { "127.0.0.1", "127.0.0.2", false },
        { "0.0.0.0/0", "8.8.8.8", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "2001:db8::/33", "2001:db8:7fff::", true },
        { "2001:db8::/33", "2001:db8:8000::", false },
        { "::/0", "2001:db8::1", true },
        { "::1", "::1", true },
        { "10.0.0.0/8", "rubbish", false },
        { "10.0.0.0/8", "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct cidr cidr;
        assert_true(cidr_parse(str(table[i].network), &cidr));
        assert_int_equal(cidr_contains(&cidr, 1, str(table[i].address)), table[i].inside);
    }
    assert_false(cidr_contains(NULL, 0, str("10.0.0.1")));
}

static void test_normalizes(void **state)
{
    static const char *const table[][2] = {
        { "192.0.2.1", "192.0.2.1" },
        { "192.0.2.1:80", "192.0.2.1" },
        { "[2001:DB8::1]:443", "2001:db8::1" },
        { "[::1]", "::1" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "2001:0db8:0:0:0:0:0:1", "2001:db8::1" },
        { "fe80::1%eth0", "fe80::1" },
        { "unknown", NULL },
        { "[::1", NULL },
        { "_hidden", NULL },
        { "1.2.3", NULL },
        { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char out[ADDRESS_TEXT_MAX];
        assert_int_equal(address_normalize(str(table[i][0]), out), table[i][1] != NULL);
        if (table[i][1])
            assert_string_equal(out, table[i][1]);
    }
}

static void test_forwarded(void **state)
{
    static const char *const table[][2] = {
        { NULL, "10.0.0.1" },
        { "", "10.0.0.1" },
        { "203.0.113.5", "203.0.113.5" },
        { "6.6.6.6, 203.0.113.5", "203.0.113.5" },
        { "203.0.113.5, 10.9.9.9", "203.0.113.5" },
        { "10.1.1.1, 10.9.9.9", "10.1.1.1" },
        { " 203.0.113.5\t,10.9.9.9 ", "203.0.113.5" },
        { "203.0.113.5,,10.9.9.9", "10.9.9.9" },
        { "203.0.113.5, for=me, 10.9.9.9", "10.9.9.9" },
        { ",", "10.0.0.1" },
    };
    struct cidr proxies;
    (void)state;
    assert_true(cidr_parse(str("10.0.0.0/8"), &proxies));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char out[ADDRESS_TEXT_MAX];
        address_forwarded(str(table[i][0]), str("10.0.0.1"), &proxies, 1, out);
        assert_string_equal(out, table[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_normalizes),
        cmocka_unit_test(test_forwarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
