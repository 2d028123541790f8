/* Commands of scripts: told while the scripts are loaded, run by name, waiting or not, in every worker's state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "loop/worker.h"
#include "lua/set/commands.h"
#include "lua/run/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/carillon-commands-XXXXXX";

static struct script_set *load(const char *text, char *error)
{
    char path[128];
    static const char *const scripts[] = { "a.lua" };
    const struct script_options options = {
        .directory = folder,
        .scripts = scripts,
        .script_count = 1,
        .budget = { .steps = 500000, .stretch_ns = 1000000000, .call_memory = 4 << 20, .memory = 32 << 20 },
        .waiting_max = 10,
        .faults_max = 5,
        .pause_ms = 1000,
    };
    snprintf(path, sizeof path, "%s/a.lua", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return script_set_load(&options, 2, error);
}

/* What a command said. */
static struct {
    unsigned times;
    bool well;
    char text[1024];
} said;

static void note(void *arg, bool well, struct carillon_str text)
{
    assert_ptr_equal(arg, &said);
    said.times++;
    said.well = well;
    snprintf(said.text, sizeof said.text, "%.*s", (int)text.len, text.ptr);
}

static void run(struct script_set *set, unsigned state, const char *name, const char *first, const char *second)
{
    const struct carillon_str args[] = { { first, first ? strlen(first) : 0 },
                                         { second, second ? strlen(second) : 0 } };
    memset(&said, 0, sizeof said);
    assert_int_equal(script_command_run(set->states[state], (struct carillon_str){ name, strlen(name) }, args,
                                        (size_t)(first != NULL) + (second != NULL), note, &said),
                     CARILLON_OK);
}

static void check(struct script_set *set, const char *name, const char *first, bool well, const char *text)
{
    for (unsigned state = 0; state < 2; state++) {
        run(set, state, name, first, NULL);
        assert_int_equal(said.times, 1);
        assert_int_equal(said.well, well);
        assert_non_null(strstr(said.text, text));
    }
}

static void test_they_are_listed_and_run(void **unused)
{
    char error[SCRIPT_ERROR_SIZE];
    (void)unused;
    struct script_set *set = load("admin.command('hello', 'Greets.', function(who) return 'Hello, ' .. who end)\n"
                                  "admin.command('sum', 'Adds.', function(a, b) return tonumber(a) + tonumber(b) end)\n"
                                  "admin.command('quiet', 'Says nothing.', function() end)\n"
                                  "admin.command('broken', 'Fails.', function() error('so be it') end)\n"
                                  "admin.command('odd', 'Returns what is no text.', function() return {} end)\n"
                                  "admin.command('endless', 'Does not end.', function() while true do end end)\n",
                                  error);
    assert_non_null(set);
    assert_int_equal(set->command_count, 6);
    assert_string_equal(set->commands[0].name, "hello");
    assert_string_equal(set->commands[0].help, "Greets.");
    assert_string_equal(set->commands[5].file, "a.lua");
    assert_int_equal(set->commands[5].line, 6);
    check(set, "hello", "Ada", true, "Hello, Ada");
    check(set, "quiet", NULL, true, "");
    run(set, 1, "sum", "3", "4");
    assert_string_equal(said.text, "7");
    check(set, "broken", NULL, false, "a.lua:4: so be it");
    check(set, "hello", NULL, false, "attempt to concatenate a nil value");
    check(set, "odd", NULL, false, "a command returns a text, a number or nothing");
    check(set, "endless", NULL, false, "took more steps than one call may");
    const struct carillon_str many[SCRIPT_COMMAND_ARGS_MAX + 1] = { 0 };
    assert_int_equal(script_command_run(set->states[0], CARILLON_STR("none"), NULL, 0, note, &said),
                     CARILLON_NOT_FOUND);
    assert_int_equal(
        script_command_run(set->states[0], CARILLON_STR("hello"), many, SCRIPT_COMMAND_ARGS_MAX + 1, note, &said),
        CARILLON_INVALID);
    script_set_free(set);
}

static void test_wrong_ones_are_refused(void **unused)
{
    static const char *const wrong[][2] = {
        { "admin.command('a b', 'x', function() end)", "a.lua:1: the name of a command" },
        { "admin.command('', 'x', function() end)", "the name of a command" },
        { "admin.command('a', '', function() end)", "a command needs a help" },
        { "admin.command('a', ('x'):rep(401), function() end)", "a command needs a help" },
        { "admin.command('a', 'x', 'y')", "function expected" },
        { "admin.command(1, 'x', function() end)", "string expected" },
        { "admin.command('a', 'x', function() end)\nadmin.command('a', 'x', function() end)",
          "a.lua:2: the command 'a' is taken by a.lua:1" },
        { "if math.random(1, 2^40) % 2 == 0 then end admin.command('r' .. math.random(1, 2^40) // 1, 'x', "
          "function() end)",
          "must be the same each time" },
    };
    char error[SCRIPT_ERROR_SIZE];
    (void)unused;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct script_set *set = load(wrong[i][0], error);
        assert_null(set);
        if (!strstr(error, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], error);
    }
}

/* Checks belong to the main thread: what the worker finds is kept until then. */
static struct script_set *waiting_set;
static char first[1024], second[1024];
static _Atomic bool answered;

static void keep(void *text, bool well, struct carillon_str said_now)
{
    snprintf(text, sizeof first, "%s: %.*s", well ? "well" : "fault", (int)said_now.len, said_now.ptr);
    answered = true;
}

static void run_late(const char *seconds, char *text)
{
    const struct carillon_str arg = { seconds, strlen(seconds) };
    answered = false;
    script_command_run(waiting_set->states[1], CARILLON_STR("late"), &arg, 1, keep, text);
}

static void on_worker(unsigned index)
{
    if (index == 1)
        run_late("0.01", first);
}

static void on_end(unsigned index)
{
    if (index != 1)
        return;
    run_late("60", second);
    if (answered)
        strcpy(second, "it did not wait");
    script_state_free(waiting_set->states[1]);
    waiting_set->states[1] = NULL;
}

static void test_they_may_wait(void **unused)
{
    char error[SCRIPT_ERROR_SIZE];
    (void)unused;
    waiting_set = load("admin.command('late', 'Waits.', function(s) sleep(tonumber(s)) return 'late but well' end)\n"
                       "admin.command('tell', 'Cannot be told later.', function() admin.command('x', 'x', print) end)",
                       error);
    assert_non_null(waiting_set);
    assert_int_equal(workers_create(2), CARILLON_OK);
    assert_int_equal(workers_start(on_worker, on_end), CARILLON_OK);
    for (int i = 0; i < 1000 && !answered; i++)
        usleep(10000);
    workers_join();
    workers_destroy();
    assert_string_equal(first, "well: late but well");
    assert_string_equal(second, "fault: the scripts end");
    script_set_free(waiting_set);
}

static int make_folder(void **unused)
{
    (void)unused;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **unused)
{
    char path[128];
    (void)unused;
    snprintf(path, sizeof path, "%s/a.lua", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_are_listed_and_run),
        cmocka_unit_test(test_wrong_ones_are_refused),
        cmocka_unit_test(test_they_may_wait),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
