// sources: plugins/pusher/signature.c plugins/pusher/channel_name.c plugins/pusher/api_params.c plugins/pusher/api_auth.c plugins/wire/percent.c plugins/wire/text.c
// packages: openssl
#include "api_auth.h"
#include "channel_name.h"
#include "signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

/* The credentials and the example that Pusher's own documents sign with. */
static const struct carillon_app app = { .key = { "278d425bdf160c739803", 20 },
                                         .secret = { "7ad3773142a6692b25b8", 20 } };

static void signs_as_documented(void **state)
{
    (void)state;
    const struct carillon_str channel[SIGNATURE_PARTS_MAX] = { str("1234.1234"), str("private-foobar") };
    assert_true(signature_authorises(
        &app, channel, str("278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4")));
    assert_false(signature_authorises(
        &app, channel, str("278d425bdf160c739804:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4")));
    assert_false(signature_authorises(&app, channel, str("278d425bdf160c739803:")));
    assert_false(signature_authorises(&app, channel, (struct carillon_str){ 0 }));
}

static void an_empty_secret_signs_nothing(void **state)
{
    (void)state;
    char out[SIGNATURE_SIZE];
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { str("x") };
    assert_false(signature_make((struct carillon_str){ 0 }, parts, out));
}

static void signs_requests_as_documented(void **state)
{
    (void)state;
    static const char query[] =
        "body_md5=ec365a775a4cd0599faeb73354201b6f&auth_version=1.0&auth_key=278d425bdf160c739803"
        "&auth_timestamp=1353088179&auth_signature="
        "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";
    static const char body[] =
        "{\"name\":\"foo\",\"channels\":[\"project-3\"],\"data\":\"{\\\"some\\\":\\\"data\\\"}\"}";
    static struct params params;
    assert_true(params_parse(&params, str(query)));
    struct signed_request request = {
        .method = str("POST"), .path = str("/apps/3/events"), .body = str(body), .params = &params
    };
    assert_null(api_auth_problem(&app, &request, INT64_C(1353088179000)));
    assert_null(api_auth_problem(&app, &request, INT64_C(1353088779000)));
    assert_non_null(api_auth_problem(&app, &request, INT64_C(1353088780000)));
    request.method = str("GET");
    assert_non_null(api_auth_problem(&app, &request, INT64_C(1353088179000)));
    request.method = str("POST");
    request.body = str("{}");
    assert_non_null(api_auth_problem(&app, &request, INT64_C(1353088179000)));
    request.path = str("/prefix/apps/3/events");
    request.body = str(body);
    assert_non_null(api_auth_problem(&app, &request, INT64_C(1353088179000)));
    request.prefix_len = 7;
    assert_null(api_auth_problem(&app, &request, INT64_C(1353088179000)));
    params_free(&params);
}

static void the_prefix_says_what_a_channel_is(void **state)
{
    (void)state;
    struct channel_name name = channel_name_parse(str("private-encrypted-cache-x"));
    assert_true(name.valid && name.authorise && name.encrypted && name.cache && !name.presence);
    name = channel_name_parse(str("presence-cache-x"));
    assert_true(name.valid && name.authorise && name.presence && name.cache && !name.encrypted);
    name = channel_name_parse(str("x-cache-y"));
    assert_true(name.valid && !name.authorise && !name.cache);
    name = channel_name_parse(str("#server-to-user-a@b"));
    assert_true(name.valid && name.user.len == 3);
    assert_false(channel_name_parse(str("#server-to-user-")).valid);
    assert_false(channel_name_parse(str("#user")).valid);
    assert_false(channel_name_parse(str("")).valid);
    assert_false(channel_name_parse((struct carillon_str){ 0 }).valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_documented),
        cmocka_unit_test(an_empty_secret_signs_nothing),
        cmocka_unit_test(signs_requests_as_documented),
        cmocka_unit_test(the_prefix_says_what_a_channel_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
