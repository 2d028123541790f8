// The pure parts: units, the nearest name, lines.
#include "config/lines.h"
#include "config/nearest.h"
#include "config/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static void parse_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes, ms; /* -1: not understood */
    } table[] = {
        { "0", 0, 0 },
        { "512", 512, 512000 },
        { "64k", 65536, -1 },
        { "1.5k", 1536, -1 },
        { "16M", 16 << 20, -1 },
        { "2G", INT64_C(2) << 30, -1 },
        { "250ms", -1, 250 },
        { "30s", -1, 30000 },
        { "1.5h", -1, 5400000 },
        { "30d", -1, INT64_C(2592000000) },
        { "5m", 5 << 20, 300000 }, /* mega or minutes: each parser knows one */
        { "0.001", 0, 1 },
        { "", -1, -1 },
        { "k", -1, -1 },
        { "-1", -1, -1 },
        { "1.", -1, -1 },
        { ".5", -1, -1 },
        { "1 k", -1, -1 },
        { "1kk", -1, -1 },
        { "0x10", -1, -1 },
        { "99999999999999999999", -1, -1 },
        { "9223372036854775807G", -1, -1 },
        { "9223372036854775807d", -1, -1 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        int64_t bytes = -1, ms = -1;
        if (!units_parse_size(str(table[i].text), &bytes))
            bytes = -1;
        if (!units_parse_duration(str(table[i].text), &ms))
            ms = -1;
        if (bytes != table[i].bytes || ms != table[i].ms)
            fail_msg("'%s': %jd bytes, %jd ms", table[i].text, (intmax_t)bytes, (intmax_t)ms);
    }
}

static void format_units(void **state)
{
    (void)state;
    static const int64_t values[] = {
        0, 1, 999, 1000, 1024, 1536, 60000, 86400000, 1 << 20, INT64_C(3) << 30, 90061001
    };
    char text[UNITS_TEXT_SIZE];
    for (size_t i = 0; i < COUNT(values); i++) {
        int64_t again;
        assert_true(units_parse_size(str(units_format_size(values[i], text)), &again));
        assert_int_equal(again, values[i]);
        assert_true(units_parse_duration(str(units_format_duration(values[i], text)), &again));
        assert_int_equal(again, values[i]);
    }
    assert_string_equal(units_format_size(65536, text), "64k");
    assert_string_equal(units_format_duration(86400000, text), "1d");
}

static void measure_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } table[] = {
        { "", "", 0 },
        { "abc", "abc", 0 },
        { "abc", "", 3 },
        { "kitten", "sitting", 3 },
        { "wrokers", "workers", 1 },
        { "Level", "level", 0 },
        { "limit", "limits", 1 },
        { "abcd", "dcba", 3 },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(nearest_distance(table[i].a, strlen(table[i].a), table[i].b, strlen(table[i].b)),
                         table[i].distance);
        assert_int_equal(nearest_distance(table[i].b, strlen(table[i].b), table[i].a, strlen(table[i].a)),
                         table[i].distance);
    }
    char longer[200];
    memset(longer, 'x', sizeof longer);
    assert_int_equal(nearest_distance(longer, sizeof longer, "x", 1), sizeof longer);
}

static const char *find_nearest(const char *wanted)
{
    static const char *const names[] = { "workers", "listen", "limits", "log", "web" };
    struct nearest nearest = { .wanted = wanted };
    for (size_t i = 0; i < COUNT(names); i++)
        nearest_offer(&nearest, names[i], strlen(names[i]));
    return nearest.best ? nearest.best : "";
}

static void offer_the_nearest(void **state)
{
    (void)state;
    assert_string_equal(find_nearest("worker"), "workers");
    assert_string_equal(find_nearest("limit"), "limits");
    assert_string_equal(find_nearest("Listen"), "listen");
    assert_string_equal(find_nearest("lgo"), "log");
    assert_string_equal(find_nearest("database"), "");
    assert_string_equal(find_nearest("x"), "");
}

static char found[2048];

static void note(void *arg, const char *path, int line)
{
    (void)arg;
    snprintf(found + strlen(found), sizeof found - strlen(found), "%s:%d ", path, line);
}

static void find_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
    } table[] = {
        { "", "" },
        { "a = 1\nb = 2", "a:1 b:2 " },
        { "a.b = 1\na['c d'] = 2 a[3] = 4", "a.b:1 a.c d:2 a[3]:2 " },
        { "a = {\n b = 1,\n c = {\n d = 2 },\n}", "a:1 a.b:2 a.c:3 a.c.d:4 " },
        { "a = { 1,\n { x = 2 },\n ['k'] = 3, [9] = 4 }", "a:1 a[1]:1 a[2]:2 a[2].x:2 a.k:3 a[9]:3 " },
        { "-- a = 1\n--[[ b = 2\n]] c = [==[ d = 3\n]] ]==]\ne = 5", "c:3 e:5 " },
        { "a = 'b = \\' 1'\nc = \"d = {\"\ne = {}", "a:1 c:2 e:3 " },
        { "if x == 1 then\n a = 1 end", "a:2 " },
        { "local a = { b = 1 }\nc = a", "c:2 " },
        { "a = { b = f { c = 1 },\n d = (function() return { e = 1, f = 2 } end)(),\n g = 3 }",
          "a:1 a.b:1 a.d:2 a.g:3 " },
        { "a = { b = function() if x then return 1, 2 end end,\n c = 1 }", "a:1 a.b:1 a.c:2 " },
        { "a = { [f { 1, 2 }] = 1,\n b = 2 }", "a:1 a.b:2 " },
        { "f { a = 1 }\nb = 2", "b:2 " },
        { "a = {\n b = {", "a:1 a.b:2 " },
        { "a = 'unfinished\nb = 1", "a:1 b:2 " },
        { "a = 1 .. 2 b.c.d = 3", "a:1 b.c.d:1 " },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        found[0] = '\0';
        lines_find(table[i].text, strlen(table[i].text), note, NULL);
        if (strcmp(found, table[i].lines) != 0)
            fail_msg("row %zu: '%s'", i, found);
    }
}

/* No text, however broken, may be read beyond its end: each is cut at every byte into memory of its own. */
static void survive_broken_texts(void **state)
{
    (void)state;
    static const char text[] =
        "a.b['c'] = { [1] = [==[ x ]=] ]==], --[[ y ]] d = f { 1 }, [\"e\\\"\"] = 'g\\', 0x1.5p3 ... }";
    for (size_t len = 0; len < sizeof text; len++) {
        char *cut = malloc(len ? len : 1);
        memcpy(cut, text, len);
        found[0] = '\0';
        lines_find(cut, len, note, NULL);
        free(cut);
    }
    size_t deep = 100000;
    char *nested = malloc(deep);
    memset(nested, '{', deep);
    memcpy(nested, "a = ", 4);
    found[0] = '\0';
    lines_find(nested, deep, note, NULL);
    assert_memory_equal(found, "a:1 a[1]:1 a[1][1]:1", 20);
    free(nested);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_units),       cmocka_unit_test(format_units), cmocka_unit_test(measure_distance),
        cmocka_unit_test(offer_the_nearest), cmocka_unit_test(find_lines),   cmocka_unit_test(survive_broken_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
