#include "unit/session/fixture.h"

static const struct carillon_str none = { 0 };

static int open_all(void **state)
{
    (void)state;
    fixture_open();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    apps_free();
    fixture_close();
    return 0;
}

static void test_defaults(void **state)
{
    (void)state;
    fixture_apps("");
    const struct app *app = app_find(none);
    assert_non_null(app);
    assert_string_equal(app->name.ptr, "main");
    assert_true(app_settings(app)->guest);
    assert_int_equal(app_settings(app)->create, APP_WHO_EVERYBODY);
    const struct channel_options *plain = app_channel_options(app, CARILLON_STR("general"));
    assert_true(plain->stored && plain->presence && !plain->client_events);
    assert_int_equal(plain->subscribe, APP_WHO_EVERYBODY);
    assert_int_equal(plain->message_max, 16384);
    assert_int_equal(app_channel_options(app, CARILLON_STR("private-x"))->subscribe, APP_WHO_MEMBERS);
    assert_true(app_channel_options(app, CARILLON_STR("presence-x"))->client_events);
}

static void test_first_rule_counts(void **state)
{
    (void)state;
    fixture_apps("apps = { main = { channels = {"
                 " { pattern = 'news-*', publish = 'server', ring_events = 7 },"
                 " { pattern = 'news-open', publish = 'everybody' } } } }");
    const struct app *app = app_find(none);
    assert_int_equal(app_channel_options(app, CARILLON_STR("news-open"))->publish, APP_WHO_SERVER);
    assert_int_equal(app_channel_options(app, CARILLON_STR("news-open"))->ring_events, 7);
    assert_int_equal(app_channel_options(app, CARILLON_STR("other"))->publish, APP_WHO_EVERYBODY);
}

/* Sessions and channels hold the pointer over a reload. */
static void test_reload_keeps_the_address(void **state)
{
    (void)state;
    fixture_apps("apps = { main = { guest = true }, second = {} }");
    const struct app *app = app_find(none), *second = app_find(CARILLON_STR("second"));
    const struct channel_options *before = app_channel_options(app, CARILLON_STR("x"));
    fixture_apps("apps = { main = { guest = false } }");
    assert_ptr_equal(app_find(none), app);
    assert_false(app_settings(app)->guest);
    assert_int_equal(before->message_max, 16384);
    assert_null(app_find(CARILLON_STR("second")));
    assert_string_equal(second->name.ptr, "second");
    assert_int_equal(apps_count(), 1);
}

static void test_bad_configuration_changes_nothing(void **state)
{
    (void)state;
    fixture_apps("apps = { main = { guest = false } }");
    static const char *const bad[] = {
        "apps = { main = { guest = true, server_keys = { { name = 'a', key = 'too short' } } } }",
        "apps = { main = { guest = true, jwt_keys = { { algorithm = 'HS256', key = 'too short' } } } }",
        "apps = { main = { guest = true, jwt_keys = { { algorithm = 'RS256', key = 'no PEM at all' } } } }",
        "apps = { main = { guest = true, jwt_keys = {"
        " { kid = 'a', algorithm = 'HS256', key = '0123456789abcdef0123456789abcdef' },"
        " { kid = 'a', algorithm = 'HS256', key = '0123456789abcdef0123456789abcdeF' } } } }",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config *config = fixture_config(bad[i]);
        assert_non_null(config);
        assert_int_equal(apps_load(config), CARILLON_INVALID);
        config_unref(config);
        assert_false(app_settings(app_find(none))->guest);
    }
}

static void test_api_keys(void **state)
{
    (void)state;
    struct carillon_str name;
    fixture_apps("apps = { main = { server_keys = { { name = 'backend', key = '0123456789abcdef0123456789abcdef' } } },"
                 " second = { server_keys = { { name = 'other', key = 'fedcba9876543210fedcba9876543210' } } } }");
    assert_ptr_equal(app_find_by_api_key(CARILLON_STR("0123456789abcdef0123456789abcdef"), &name), app_find(none));
    assert_string_equal(name.ptr, "backend");
    assert_ptr_equal(app_find_by_api_key(CARILLON_STR("fedcba9876543210fedcba9876543210"), &name),
                     app_find(CARILLON_STR("second")));
    assert_null(app_find_by_api_key(CARILLON_STR("0123456789abcdef0123456789abcdeg"), &name));
    assert_null(app_find_by_api_key(CARILLON_STR("0123456789abcdef0123456789abcde"), &name));
    assert_null(app_find_by_api_key(CARILLON_STR(""), &name));
}

static void test_origins(void **state)
{
    (void)state;
    fixture_apps(
        "apps = { main = { origins = { 'https://example.org' } }, open = { origins = { '*' } }, closed = {} }");
    const struct app *app = app_find(none);
    assert_true(app_allows_origin(app, CARILLON_STR("https://example.org")));
    assert_true(app_allows_origin(app, CARILLON_STR("https://EXAMPLE.org")));
    assert_false(app_allows_origin(app, CARILLON_STR("http://example.org")));
    assert_false(app_allows_origin(app, CARILLON_STR("https://example.org.evil.test")));
    assert_true(app_allows_origin(app_find(CARILLON_STR("open")), CARILLON_STR("null")));
    assert_false(app_allows_origin(app_find(CARILLON_STR("closed")), CARILLON_STR("https://example.org")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_first_rule_counts),
        cmocka_unit_test(test_reload_keeps_the_address),
        cmocka_unit_test(test_bad_configuration_changes_nothing),
        cmocka_unit_test(test_api_keys),
        cmocka_unit_test(test_origins),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
