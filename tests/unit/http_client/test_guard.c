/* Which addresses the HTTP client may reach. */
#include "http_client/guard.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static const char *const public[] = { "1.1.1.1",         "8.8.8.8",     "11.0.0.1",        "100.63.255.255",
                                      "100.128.0.1",     "126.1.1.1",   "128.0.0.1",       "169.253.1.1",
                                      "172.15.255.255",  "172.32.0.1",  "192.167.1.1",     "192.169.0.1",
                                      "198.17.1.1",      "198.20.0.1",  "223.255.255.255", "2606:4700::1111",
                                      "2001:4860::8888", "2a00:1450::", "::ffff:8.8.8.8",  "2003::1" };

static const char *const not_public[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::1.2.3.4",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "",
    "nonsense",
    "127.0.0.1.5",
    "1.1.1",
};

static void test_public_addresses_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        if (!guard_admits(str(public[i]), NULL, 0))
            fail_msg("%s is refused", public[i]);
    for (size_t i = 0; i < sizeof not_public / sizeof *not_public; i++)
        if (guard_admits(str(not_public[i]), NULL, 0))
            fail_msg("%s is admitted", not_public[i]);
}

static void test_what_is_allowed_besides(void **state)
{
    (void)state;
    struct cidr allow[2];
    assert_true(cidr_parse(str("10.1.0.0/16"), &allow[0]));
    assert_true(cidr_parse(str("::1"), &allow[1]));
    assert_true(guard_admits(str("10.1.2.3"), allow, 2));
    assert_true(guard_admits(str("::ffff:10.1.2.3"), allow, 2));
    assert_true(guard_admits(str("::1"), allow, 2));
    assert_true(guard_admits(str("8.8.8.8"), allow, 2));
    assert_false(guard_admits(str("10.2.0.1"), allow, 2));
    assert_false(guard_admits(str("127.0.0.1"), allow, 2));
}

static void test_sockets(void **state)
{
    (void)state;
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct sockaddr local = { .sa_family = AF_UNIX };
    assert_int_equal(inet_pton(AF_INET, "9.9.9.9", &v4.sin_addr), 1);
    assert_true(guard_admits_socket((struct sockaddr *)&v4, NULL, 0));
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &v4.sin_addr), 1);
    assert_false(guard_admits_socket((struct sockaddr *)&v4, NULL, 0));
    assert_int_equal(inet_pton(AF_INET6, "2620:fe::9", &v6.sin6_addr), 1);
    assert_true(guard_admits_socket((struct sockaddr *)&v6, NULL, 0));
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.168.1.1", &v6.sin6_addr), 1);
    assert_false(guard_admits_socket((struct sockaddr *)&v6, NULL, 0));
    assert_false(guard_admits_socket(&local, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_addresses_alone),
        cmocka_unit_test(test_what_is_allowed_besides),
        cmocka_unit_test(test_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
