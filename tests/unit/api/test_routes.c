/* The table of routes and openapi.json name the same operations, and agree on whom they serve. */
#include "api/route.h"

#include <ctype.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *method, *pattern, *handler;
    enum route_access access;
    size_t body_max;
} rows[] = {
#define API_X(method, pattern, access, body, handler) { #method, pattern, #handler, ROUTE_##access, body },
    API_ROUTES(API_X)
#undef API_X
};
enum { ROWS = sizeof rows / sizeof *rows };

static json_t *document;

static int open_document(void **state)
{
    json_error_t why;
    (void)state;
    document = json_load_file(TEST_SOURCE_DIR "/daemon/api/openapi.json", JSON_REJECT_DUPLICATES, &why);
    if (!document)
        fail_msg("openapi.json:%d: %s", why.line, why.text);
    return 0;
}

static int close_document(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

static const json_t *find_operation(const struct row *row)
{
    char method[16] = "";
    for (size_t i = 0; row->method[i]; i++)
        method[i] = (char)tolower(row->method[i]);
    return json_object_get(json_object_get(json_object_get(document, "paths"), row->pattern), method);
}

static void test_every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const json_t *operation = find_operation(&rows[i]);
        if (!operation)
            fail_msg("%s %s is not in openapi.json", rows[i].method, rows[i].pattern);
        assert_string_equal(json_string_value(json_object_get(operation, "operationId")), rows[i].handler);
    }
}

static void test_every_description_is_a_route(void **state)
{
    (void)state;
    size_t described = 0;
    const char *path;
    json_t *item;
    json_object_foreach(json_object_get(document, "paths"), path, item) described += json_object_size(item);
    assert_int_equal(described, ROWS);
}

/* "token", "key", both, or nothing at all. */
static bool has_scheme(const json_t *operation, const char *scheme)
{
    const json_t *security = json_object_get(operation, "security");
    json_t *each;
    size_t i;
    if (!security)
        security = json_object_get(document, "security");
    json_array_foreach(security, i, each) if (json_object_get(each, scheme)) return true;
    return false;
}

static void test_access(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const json_t *operation = find_operation(&rows[i]);
        bool token = rows[i].access == ROUTE_PERSON || rows[i].access == ROUTE_ANY;
        bool key = rows[i].access == ROUTE_SERVER || rows[i].access == ROUTE_ANY;
        if (has_scheme(operation, "token") != token || has_scheme(operation, "key") != key)
            fail_msg("%s %s: openapi.json says another security", rows[i].method, rows[i].pattern);
    }
}

static void test_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        if (json_object_get(find_operation(&rows[i]), "requestBody") && !rows[i].body_max)
            fail_msg("%s %s takes no body, openapi.json says it does", rows[i].method, rows[i].pattern);
}

static void test_no_pattern_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(rows[i].method, rows[k].method) == 0 && strcmp(rows[i].pattern, rows[k].pattern) == 0)
                fail_msg("%s %s is there twice", rows[i].method, rows[i].pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_described),
        cmocka_unit_test(test_every_description_is_a_route),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_no_pattern_twice),
    };
    return cmocka_run_group_tests(tests, open_document, close_document);
}
