// The daemon's own options: their defaults are sound, and what --print-defaults writes loads again to the same.
#include "config/config.h"
#include "session/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct config *load(const char *text)
{
    char path[] = "/tmp/carillon-options-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct config *config;
    struct config_problems problems;
    struct config_sources sources = { .file = path };
    if (config_load(&sources, &config, &problems) != CARILLON_OK)
        fail_msg("%s", problems.texts[0]);
    config_problems_free(&problems);
    unlink(path);
    return config;
}

static void serve_without_a_file(void **state)
{
    (void)state;
    struct config *config = load("");
    const struct config_value *listen = config_find(config, "listen");
    assert_int_equal(config_count(listen), 1);
    assert_string_equal(config_str(config_field(config_at(listen, 0), "address")).ptr, "127.0.0.1:8080");
    assert_null(config_field(config_field(config_at(listen, 0), "tls"), "certificate"));
    assert_int_equal(config_int(config_find(config, "workers")), 0);
    assert_int_equal(config_int(config_find(config, "limits.queue")), 1 << 20);
    assert_int_equal(config_int(config_find(config, "limits.unauthenticated")), 10000);
    assert_int_equal(config_int(config_find(config, "limits.json_depth")), 32);
    assert_int_equal(config_int(config_find(config, "drain.timeout")), 10000);
    assert_int_equal(config_count(config_find(config, "plugins")), 4);
    assert_string_equal(config_str(config_find(config, "storage")).ptr, "sqlite");
    assert_string_equal(config_str(config_find(config, "log.level")).ptr, "info");
    assert_true(config_bool(config_find(config, "web.enabled")));
    assert_true(config_bool(config_find(config, "apps.main.guest")));
    assert_string_equal(config_str(config_find(config, "state_dir")).ptr, CARILLON_STATE_DIR);
    config_unref(config);
}

static void print_what_can_be_loaded(void **state)
{
    (void)state;
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_print_defaults(out);
    fclose(out);
    struct config *defaults = load(""), *again = load(text);
    static const char *const names[] = {
        "workers", "state_dir",   "listen",         "trusted_proxies", "allowed_hosts",   "log",
        "plugins", "plugin_dirs", "plugin_failure", "storage",         "storage_options", "limits",
        "drain",   "web",         "apps",           "tokens"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(config_find(defaults, names[i]));
        if (!config_equal(config_find(defaults, names[i]), config_find(again, names[i])))
            fail_msg("%s is not the same", names[i]);
        char assignment[64];
        snprintf(assignment, sizeof assignment, "\n%s = ", names[i]);
        assert_non_null(strstr(text, assignment));
    }
    free(text);
    config_unref(defaults);
    config_unref(again);
}

/* Relative names start at the state folder, wherever that was said. */
static void start_paths_at_the_state_folder(void **state)
{
    (void)state;
    struct config *config = load("tokens.key_file = 'own.key' state_dir = '/elsewhere'");
    assert_string_equal(config_str(config_find(config, "tokens.key_file")).ptr, "/elsewhere/own.key");
    assert_string_equal(config_str(config_find(config, "state_dir")).ptr, "/elsewhere");
    config_unref(config);
    char here[4096], expected[4200];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(expected, sizeof expected, "%s/state/token.key", here);
    config = load("state_dir = 'state'");
    assert_string_equal(config_str(config_find(config, "tokens.key_file")).ptr, expected);
    config_unref(config);
}

static int set_up(void **state)
{
    (void)state;
    return config_declare_daemon() == CARILLON_OK && session_declare_options() == CARILLON_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serve_without_a_file),
        cmocka_unit_test(print_what_can_be_loaded),
        cmocka_unit_test(start_paths_at_the_state_folder),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
