#include "config/config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define FIELDS(table) .fields = (table), .field_count = COUNT(table)

/* One option of each type, and each in each. */
static const struct carillon_option key_options[] = {
    { .name = "id", .type = CARILLON_OPTION_STRING, .flags = CARILLON_OPTION_REQUIRED },
    { .name = "secret", .type = CARILLON_OPTION_SECRET, .min = 8 },
};
static const struct carillon_option shop_options[] = {
    { .name = "open", .type = CARILLON_OPTION_BOOL, .default_value = "false" },
    { .name = "colour", .type = CARILLON_OPTION_CHOICE, .default_value = "green", .choices = "red|green|blue" },
    { .name = "keys", .type = CARILLON_OPTION_RECORDS, .default_value = "{}", .max = 2, FIELDS(key_options) },
};
static const struct carillon_option bell_options[] = {
    { .name = "weight", .type = CARILLON_OPTION_INT, .default_value = "10", .min = -5, .max = 100 },
    { .name = "rest", .type = CARILLON_OPTION_DURATION, .default_value = "30s", .min = 1000, .max = 3600000 },
    { .name = "key", .type = CARILLON_OPTION_SECRET },
};
static const struct carillon_option test_options[] = {
    { .name = "buffer", .type = CARILLON_OPTION_SIZE, .default_value = "\"64k\"", .max = 1 << 20 },
    { .name = "folder", .type = CARILLON_OPTION_PATH, .default_value = "data", .flags = CARILLON_OPTION_RESTART },
    { .name = "names", .type = CARILLON_OPTION_STRINGS, .default_value = "{ \"a\", \"b\" }", .max = 3 },
    { .name = "title", .type = CARILLON_OPTION_STRING, .default_value = "\"a \\\"b\\\"\"", .help = "With \"quotes\"." },
    { .name = "bell", .type = CARILLON_OPTION_RECORD, FIELDS(bell_options), .help = "A record." },
    { .name = "shops",
      .type = CARILLON_OPTION_MAP,
      .default_value = "{ main = { open = true } }",
      FIELDS(shop_options) },
};

static char folder[] = "/tmp/carillon-config-XXXXXX", file[128];
static struct config *config;
static struct config_problems problems;

static void write_file(const char *name, const char *text, size_t len)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static void remove_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static enum carillon_result load_with(const char *text, const char *const *settings, size_t n)
{
    write_file("test.lua", text, strlen(text));
    config_unref(config);
    config_problems_free(&problems);
    struct config_sources sources = { .file = file, .state_dir = "/state", .settings = settings, .setting_count = n };
    enum carillon_result result = config_load(&sources, &config, &problems);
    assert_int_equal(result == CARILLON_OK, config != NULL);
    assert_int_equal(result == CARILLON_OK, problems.count == 0);
    return result;
}

static void load(const char *text)
{
    if (load_with(text, NULL, 0) != CARILLON_OK)
        fail_msg("%s: %s", text, problems.texts[0]);
}

/* Loads what is wrong; `expected` stands in one of the problems, after the file's name. */
static void refuse(const char *text, const char *expected)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", file, expected);
    if (load_with(text, NULL, 0) == CARILLON_OK)
        fail_msg("accepted: %s", text);
    for (size_t i = 0; i < problems.count; i++)
        if (strcmp(problems.texts[i], whole) == 0)
            return;
    fail_msg("%s gave '%s' instead of '%s'", text, problems.texts[0], whole);
}

static int64_t number(const char *path)
{
    const struct config_value *value = config_find(config, path);
    assert_non_null(value);
    return config_int(value);
}

static void assert_text(const char *path, const char *expected)
{
    struct carillon_str text = config_str(config_find(config, path));
    assert_non_null(text.ptr);
    assert_string_equal(text.ptr, expected);
    assert_int_equal(text.len, strlen(expected));
}

static void give_defaults(void **state)
{
    (void)state;
    load("");
    assert_int_equal(number("buffer"), 65536);
    assert_text("folder", "/state/data");
    assert_text("title", "a \"b\"");
    assert_int_equal(number("bell.weight"), 10);
    assert_int_equal(number("bell.rest"), 30000);
    assert_null(config_find(config, "bell.key"));
    assert_null(config_find(config, "nothing"));
    assert_null(config_find(config, "buffer.nothing"));
    const struct config_value *names = config_find(config, "names");
    assert_int_equal(config_count(names), 2);
    assert_string_equal(config_str(config_at(names, 1)).ptr, "b");
    assert_null(config_at(names, 2));
    assert_true(config_bool(config_find(config, "shops.main.open")));
    assert_text("shops.main.colour", "green");
    assert_int_equal(config_count(config_find(config, "shops")), 1);
}

static void take_every_type(void **state)
{
    (void)state;
    load("buffer = '1M' folder = '/abs' names = { 'x' } title = 'caf\xc3\xa9'\n"
         "bell = { weight = -5, rest = 1.5, key = 'top secret' }\n"
         "shops = { one = { keys = { { id = 'k', secret = 'long enough' } } }, ['two-2'] = { open = true } }");
    assert_int_equal(number("buffer"), 1 << 20);
    assert_text("folder", "/abs");
    assert_text("title", "caf\xc3\xa9");
    assert_int_equal(number("bell.weight"), -5);
    assert_int_equal(number("bell.rest"), 1500);
    assert_text("bell.key", "top secret");
    const struct config_value *shops = config_find(config, "shops");
    assert_int_equal(config_count(shops), 2);
    assert_string_equal(config_key(config_at(shops, 1)).ptr, "two-2");
    assert_true(config_bool(config_field(config_field(shops, "two-2"), "open")));
    const struct config_value *keys = config_find(config, "shops.one.keys");
    assert_string_equal(config_str(config_field(config_at(keys, 0), "id")).ptr, "k");
}

/* What is wrong, and what is said about it, with the line. */
static void tell_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } table[] = {
        { "\nbufer = 3", ":2: unknown option 'bufer' (did you mean 'buffer'?)" },
        { "BUFFER = 3", ":1: unknown option 'BUFFER' (did you mean 'buffer'?)" },
        { "zzz = 3", ":1: unknown option 'zzz'" },
        { "zzz = {}", ":1: unknown section 'zzz' (if it is a plugin's: is that one listed in `plugins`?)" },
        { "bell = {\n\n  weigth = 3 }", ":3: unknown option 'bell.weigth' (did you mean 'weight'?)" },
        { "bell = {\n weight = 101\n}", ":2: bell.weight must be from -5 to 100, not 101" },
        { "bell.weight = 1\nbell.weight = 'x'", ":2: bell.weight must be a whole number, not a string" },
        { "bell.weight = 1.5", ":1: bell.weight must be a whole number, not a number with a fraction" },
        { "bell.weight = 1e300", ":1: bell.weight must be a whole number, not a number with a fraction" },
        { "bell.rest = 0", ":1: bell.rest must be from 1s to 1h, not 0" },
        { "bell.rest = 0/0", ":1: bell.rest is out of all bounds" },
        { "bell.rest = '5 parsecs'", ":1: bell.rest must be a time such as \"250ms\", \"30s\", \"5m\", \"12h\" or "
                                     "\"30d\"; a number alone is seconds" },
        { "buffer = '1X'", ":1: buffer must be a size such as 4096, \"64k\", \"16M\" or \"1G\"" },
        { "buffer = '2M'", ":1: buffer must be from 0 to 1M, not 2M" },
        { "buffer = -1", ":1: buffer must be from 0 to 1M, not -1" },
        { "buffer = true", ":1: buffer must be a size such as 4096, \"64k\", \"16M\" or \"1G\", not a boolean" },
        { "title = 'a\\0b'", ":1: title must not hold a zero byte" },
        { "title = '\\xff'", ":1: title must be UTF-8" },
        { "title = print", ":1: nothing is named 'print'" },
        { "title = function() end", ":1: title must be a string, not something that is no value for an option" },
        { "folder = ''", ":1: folder must not be empty" },
        { "names = 'x'", ":1: names must be a list of strings, not a string" },
        { "names = { a = 'x' }", ":1: names must be a list of strings, not a table with names" },
        { "names = { 'a',\n 'b',\n 'c',\n 'd' }", ":1: names may have 3 entries, and has 4" },
        { "names = { 'a',\n nil,\n 'c' }", ":3: names: entry 2 is missing, or nil" },
        { "names = {\n 'a',\n -- [[ x = 1 ]]\n 5 }", ":4: names[2] must be a string, not a whole number" },
        { "bell = 3", ":1: bell must be a table of options, not a whole number" },
        { "bell = { 3 }", ":1: bell: a value without a name is no option" },
        { "bell = { [true] = 3 }", ": bell: a key is boolean instead of a name" },
        { "shops = { main = {\n colour = 'gren' } }",
          ":2: shops.main.colour must be one of red|green|blue (did you mean 'green'?)" },
        { "shops = { ['a b'] = {} }", ":1: shops: each entry needs a name of 1 to 64 letters, digits, '_' and '-'" },
        { "shops = { a = 1 }", ":1: shops.a must be a table of options, not a whole number" },
        { "shops.a.keys = { {} }", ":1: shops.a.keys[1].id is missing" },
        { "shops.a = {\n keys = {\n { id = 'x' },\n 'y' } }",
          ":4: shops.a.keys[2] must be a table of options, not a string" },
        { "for _, name in ipairs { 'x' } do\n shops[name].open = 1\nend",
          ":2: shops.x.open must be true or false, not a whole number" },
        { "bell =", ":1: unexpected symbol near <eof>" },
        { "bell = bells", ":1: nothing is named 'bells' (did you mean 'bell'?)" },
        { "title = title .. 'x'", ":1: attempt to concatenate a nil value (global 'title')" },
        { "error('own words', 0)", ": own words" },
        { "error({})", ": the file raised an error that is no text" },
        { "\x1bLua", ": attempt to load a binary chunk (mode is 't')" },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        refuse(table[i].text, table[i].problem);
}

static void collect_all_problems(void **state)
{
    (void)state;
    char text[4096] = "";
    assert_int_equal(load_with("a = 1 b = 2 bell.weight = 'x' names = 1", NULL, 0), CARILLON_INVALID);
    assert_int_equal(problems.count, 4);
    for (int i = 0; i < 80; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "unknown%d = 1\n", i);
    assert_int_equal(load_with(text, NULL, 0), CARILLON_INVALID);
    assert_int_equal(problems.count, 50);
}

static void assert_no_problem_holds(const char *secret)
{
    for (size_t i = 0; i < problems.count; i++)
        if (strstr(problems.texts[i], secret))
            fail_msg("told: %s", problems.texts[i]);
}

static void never_tell_a_secret(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "bell.key = 'hunter2",
        "bell.key = 'x' 'hunter2'",
        "bell.key = 'x' [[hunter2]]",
        "bell.key = [[hunter2",
        "bell.kye = 'hunter2'",
        "bell.key = { 'hunter2' }",
        "bell.key = { value = 'hunter2' }",
        "shops.a.keys = { { id = 'k', secret = 'hunter2' } }",
        "shops.a.keys = { { id = 'k', secret = 'hunter2' .. nil } }",
        "bell.weight = 'hunter2'",
        "buffer = 'hunter2'",
        "shops.a.colour = 'hunter2'",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (load_with(texts[i], NULL, 0) == CARILLON_OK)
            fail_msg("accepted: %s", texts[i]);
        assert_no_problem_holds("hunter2");
    }
    refuse("shops.a.keys = { { id = 'k', secret = 'hunter2' } }",
           ":1: shops.a.keys[1].secret must have at least 8 bytes, and has 7");
}

static void fetch_secrets(void **state)
{
    (void)state;
    char text[256], problem[512];
    write_file("key.txt", "from a file\r\n", 13);
    snprintf(text, sizeof text, "bell.key = { file = '%s/key.txt' }", folder);
    load(text);
    assert_text("bell.key", "from a file");
    setenv("CARILLON_TEST_SECRET", "from the environment", 1);
    load("bell.key = { env = 'CARILLON_TEST_SECRET' } title = env('CARILLON_TEST_SECRET') .. env('CARILLON_NOT_SET', "
         "'!')");
    assert_text("bell.key", "from the environment");
    assert_text("title", "from the environment!");
    unsetenv("CARILLON_TEST_SECRET");
    refuse("bell.key = { env = 'CARILLON_TEST_SECRET' }",
           ":1: bell.key is to come from the environment's CARILLON_TEST_SECRET, which is not set");
    refuse("bell.key = { file = 'missing' }",
           ":1: bell.key cannot be read from /state/missing: No such file or directory");
    snprintf(text, sizeof text, "bell.key = { file = '%s' }", folder);
    snprintf(problem, sizeof problem, ":1: bell.key cannot be read from %s: Is a directory", folder);
    refuse(text, problem);
    remove_file("key.txt");
}

static void stop_what_never_ends(void **state)
{
    (void)state;
    refuse("while true do end", ":1: the file takes too long: a configuration may only set tables");
    refuse("local function f() return f() end f()", ":1: the file takes too long: a configuration may only set tables");
    refuse("local t = {} for i = 1, 1e9 do t[i] = i end",
           ": the file takes too much memory: a configuration may only set tables");
    refuse("local s = ('x'):rep(1 << 28)", ": the file takes too much memory: a configuration may only set tables");
    refuse("local t = {} t.t = t bell = t", ": tables are nested more than 16 deep, or hold themselves");
    refuse("names = {} for i = 1, 60000 do names[i] = 'x' end", ": more than 50000 values are set");
}

/* Nothing of the outside is there, nor what could catch the budget's error. */
static void keep_to_the_sandbox(void **state)
{
    (void)state;
    static const char *const names[] = {
        "io",           "os",           "debug",          "package",     "require",     "load",
        "loadfile",     "dofile",       "pcall",          "xpcall",      "_G",          "print",
        "rawset",       "coroutine",    "string.find",    "string.dump", "string.gsub", "math.random",
        "getmetatable", "setmetatable", "collectgarbage", "('').find",   "('').dump"
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[128];
        snprintf(text, sizeof text, "assert(not %s)", names[i]);
        if (load_with(text, NULL, 0) != CARILLON_OK && !strstr(problems.texts[0], "nothing is named"))
            fail_msg("%s: %s", names[i], problems.texts[0]);
    }
    load("title = ('x'):rep(3) .. string.format('%d', math.floor(2.5)) .. table.concat({ 'a', 'b' }, '-')");
    assert_text("title", "xxx2a-b");
}

static void merge_files_and_settings(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/conf.d", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    static const char second[] = "names = { 'z' }\nbell.weight = 2\nshops.main.colour = 'blue'",
                      first[] = "bell = { weight = 1, rest = '2s' }\nshops = { extra = {} }",
                      wrong[] = "\n\nbell.weight = 200";
    write_file("conf.d/20-b.lua", second, sizeof second - 1);
    write_file("conf.d/10-a.lua", first, sizeof first - 1);
    write_file("conf.d/ignored.txt", "nonsense", 8);
    static const char main_text[] = "names = { 'x', 'y' } bell = { rest = '1s', weight = 0 } shops = { main = {} }";
    static const char *const settings[] = { "bell.weight=3",         "title=true", "names={'s'}", "shops.new.open=true",
                                            "shops.main.colour=red", "buffer=32k" };
    assert_int_equal(load_with(main_text, NULL, 0), CARILLON_OK);
    assert_int_equal(config_count(config_find(config, "names")), 1); /* lists are replaced */
    assert_int_equal(number("bell.weight"), 2);                      /* records are merged */
    assert_int_equal(number("bell.rest"), 2000);
    assert_text("shops.main.colour", "blue");
    assert_true(config_bool(config_find(config, "shops.main.open"))); /* the default's entry is a beginning */
    assert_non_null(config_find(config, "shops.extra"));
    assert_int_equal(load_with(main_text, settings, COUNT(settings)), CARILLON_OK);
    assert_int_equal(number("bell.weight"), 3);
    assert_text("title", "true");
    assert_text("shops.main.colour", "red");
    assert_true(config_bool(config_find(config, "shops.new.open")));
    assert_int_equal(number("buffer"), 32768);
    assert_string_equal(config_str(config_at(config_find(config, "names"), 0)).ptr, "s");
    write_file("conf.d/30-c.lua", wrong, sizeof wrong - 1);
    assert_int_equal(load_with(main_text, NULL, 0), CARILLON_INVALID);
    assert_non_null(strstr(problems.texts[0], "conf.d/30-c.lua:3: bell.weight must be"));
    remove_file("conf.d/10-a.lua");
    remove_file("conf.d/20-b.lua");
    remove_file("conf.d/30-c.lua");
    remove_file("conf.d/ignored.txt");
    rmdir(path);
    load("shops = { other = {} }"); /* and entries of the default that nobody names are gone */
    assert_null(config_find(config, "shops.main"));
}

static void tell_wrong_settings(void **state)
{
    (void)state;
    static const struct {
        const char *setting, *problem;
    } table[] = {
        { "nonsense", "--set: needs NAME=VALUE, such as log.level=debug" },
        { "=3", "--set: needs NAME=VALUE, such as log.level=debug" },
        { "..=3", "--set: needs NAME=VALUE, such as log.level=debug" },
        { "bell..weight=3", "--set: needs NAME=VALUE, such as log.level=debug" },
        { "a.b.c.d.e.f.g.h.i=3", "--set: needs NAME=VALUE, such as log.level=debug" },
        { "bell.wait=3", "--set bell.wait: unknown option 'bell.wait'" },
        { "bell.weight=heavy", "--set bell.weight: bell.weight must be a whole number, not a string" },
        { "bell=3", "--set bell: bell must be a table of options, not a whole number" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(load_with("", &table[i].setting, 1), CARILLON_INVALID);
        assert_string_equal(problems.texts[0], table[i].problem);
    }
}

static void let_undeclared_sections_pass(void **state)
{
    (void)state;
    static const char text[] = "later = { x = 1 } other.y.z = 2 title = 'x'";
    write_file("test.lua", text, sizeof text - 1);
    struct config_sources sources = { .file = file, .undeclared_sections = true };
    struct config *early;
    struct config_problems early_problems;
    assert_int_equal(config_load(&sources, &early, &early_problems), CARILLON_OK);
    assert_string_equal(config_str(config_find(early, "title")).ptr, "x");
    config_unref(early);
    config_problems_free(&early_problems);
}

static void declare_and_withdraw(void **state)
{
    (void)state;
    assert_int_equal(config_declare("bell", bell_options, COUNT(bell_options)), CARILLON_EXISTS);
    assert_int_equal(config_declare(NULL, test_options, 1), CARILLON_EXISTS);
    assert_int_equal(config_declare("own", bell_options, COUNT(bell_options)), CARILLON_OK);
    assert_int_equal(config_declare("own", bell_options, COUNT(bell_options)), CARILLON_EXISTS);
    load("own.weight = 7");
    assert_int_equal(number("own.weight"), 7);
    config_withdraw("own", bell_options);
    refuse("own.weight = 7", ":1: nothing is named 'own'");
}

static void tell_missing_files(void **state)
{
    (void)state;
    struct config_sources sources = { .file = "/nonexistent/carillon.lua" };
    struct config *none;
    struct config_problems told;
    assert_int_equal(config_load(&sources, &none, &told), CARILLON_INVALID);
    assert_null(none);
    assert_string_equal(told.texts[0], "/nonexistent/carillon.lua: cannot be opened: No such file or directory");
    config_problems_free(&told);
    sources.file = "/dev/zero";
    assert_int_equal(config_load(&sources, &none, &told), CARILLON_INVALID);
    assert_string_equal(told.texts[0], "/dev/zero: is no file of at most 4 MB");
    config_problems_free(&told);
}

static void print_what_can_be_loaded(void **state)
{
    (void)state;
    char *text;
    size_t len;
    load("");
    struct config *defaults = config_ref(config);
    FILE *out = open_memstream(&text, &len);
    config_print_defaults(out);
    fclose(out);
    load(text);
    static const char *const paths[] = { "buffer", "folder", "names", "title", "bell", "shops" };
    for (size_t i = 0; i < COUNT(paths); i++)
        if (!config_equal(config_find(defaults, paths[i]), config_find(config, paths[i])))
            fail_msg("%s differs in:\n%s", paths[i], text);
    free(text);
    config_unref(defaults);
}

static void count_path(void *arg, const char *path)
{
    assert_string_equal(path, "folder");
    ++*(int *)arg;
}

static void list_what_needs_a_restart(void **state)
{
    (void)state;
    int told = 0;
    load("folder = 'x' title = 'old'");
    struct config *older = config_ref(config);
    load("folder = 'x' title = 'new'");
    config_list_restarts(older, config, count_path, &told);
    assert_int_equal(told, 0);
    load("folder = 'y' title = 'new'");
    config_list_restarts(older, config, count_path, &told);
    assert_int_equal(told, 1);
    config_unref(older);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof file, "%s/test.lua", folder);
    return config_declare(NULL, test_options, COUNT(test_options)) == CARILLON_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    config_unref(config);
    config_problems_free(&problems);
    remove_file("test.lua");
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(give_defaults),
        cmocka_unit_test(take_every_type),
        cmocka_unit_test(tell_what_is_wrong),
        cmocka_unit_test(collect_all_problems),
        cmocka_unit_test(never_tell_a_secret),
        cmocka_unit_test(fetch_secrets),
        cmocka_unit_test(stop_what_never_ends),
        cmocka_unit_test(keep_to_the_sandbox),
        cmocka_unit_test(merge_files_and_settings),
        cmocka_unit_test(tell_wrong_settings),
        cmocka_unit_test(let_undeclared_sections_pass),
        cmocka_unit_test(declare_and_withdraw),
        cmocka_unit_test(tell_missing_files),
        cmocka_unit_test(print_what_can_be_loaded),
        cmocka_unit_test(list_what_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
