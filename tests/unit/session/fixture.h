/*
 * Apps and tokens from a configuration given as Lua, in a state folder of the test's own.
 */
#ifndef TESTS_UNIT_SESSION_FIXTURE_H
#define TESTS_UNIT_SESSION_FIXTURE_H

#include "base/hash.h"
#include "config/config.h"
#include "loop/worker.h"
#include "session/options.h"
#include "session/revocation.h"
#include "session/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char fixture_folder[64];

static inline struct carillon_str str_of(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static inline void fixture_path(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", fixture_folder, name);
}

static inline void fixture_write(const char *name, const char *text)
{
    char path[128];
    fixture_path(path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Once in a program. */
static inline void fixture_open(void)
{
    hash_seed_init();
    assert_int_equal(workers_create(1), CARILLON_OK);
    strcpy(fixture_folder, "/tmp/carillon-test-XXXXXX");
    assert_non_null(mkdtemp(fixture_folder));
    assert_int_equal(session_declare_options(), CARILLON_OK);
}

static inline void fixture_close(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", fixture_folder);
    assert_int_equal(system(command), 0);
    workers_destroy();
}

/* NULL: there are problems, printed. */
static inline struct config *fixture_config(const char *lua)
{
    char path[128];
    struct config *config = NULL;
    struct config_problems problems = { 0 };
    fixture_write("test.lua", lua);
    fixture_path(path, "test.lua");
    struct config_sources sources = { .file = path, .state_dir = fixture_folder };
    config_load(&sources, &config, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_message("%s\n", problems.texts[i]);
    config_problems_free(&problems);
    return config;
}

static inline void fixture_apps(const char *lua)
{
    struct config *config = fixture_config(lua);
    assert_non_null(config);
    assert_int_equal(apps_load(config), CARILLON_OK);
    config_unref(config);
}

#endif
