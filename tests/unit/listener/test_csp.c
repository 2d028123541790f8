#include "listener/csp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *more, const char *present, const char *absent)
{
    char *policy = csp_build((struct carillon_str){ more, strlen(more) });
    assert_non_null(policy);
    assert_non_null(strstr(policy, present));
    if (absent)
        assert_null(strstr(policy, absent));
    free(policy);
}

static void test_builds(void **state)
{
    (void)state;
    expect("", "default-src 'none'; script-src 'self';", "unsafe");
    expect("", "; frame-ancestors 'none'", "frame-ancestors 'none';");
    expect("connect-src https://a.example wss://a.example", "; connect-src 'self' https://a.example wss://a.example;",
           NULL);
    expect(" ; frame-ancestors https://b.example ;", "; frame-ancestors https://b.example", "frame-ancestors 'none'");
    expect("report-uri /csp; IMG-SRC blob:", "; img-src 'self' data: blob:;", NULL);
    expect("report-uri /csp; img-src blob:", "; report-uri /csp", NULL);
    expect("media-src", "; media-src", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_builds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
