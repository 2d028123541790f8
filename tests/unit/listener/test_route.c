#include "listener/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void handle(const struct carillon_http_request *request, void *user)
{
    (void)request, (void)user;
}

static void *open_ws(carillon_handle conn, const struct carillon_http_request *request, void *user)
{
    (void)conn, (void)request;
    return user;
}

static void message(carillon_handle conn, void *state, const char *data, size_t len, bool binary)
{
    (void)conn, (void)state, (void)data, (void)len, (void)binary;
}

static void closed(carillon_handle conn, void *state, unsigned code)
{
    (void)conn, (void)state, (void)code;
}

#define ROUTE(METHOD, PATTERN)                                                                                         \
    {                                                                                                                  \
        .size = sizeof(struct carillon_http_route), .method = METHOD, .pattern = PATTERN, .handle = handle             \
    }

static const struct carillon_http_route routes[] = {
    ROUTE("GET", "/"),
    ROUTE("GET", "/{rest*}"),
    ROUTE("GET", "/a/{x}"),
    ROUTE("GET", "/a/b"),
    ROUTE("POST", "/a/{y}"),
    ROUTE("GET", "/a/{x}/c/{z}"),
    ROUTE("DELETE", "/files/{dir}/{rest*}"),
    ROUTE("GET", "/files/{dir}/info"),
};
enum { ROUTES = sizeof routes / sizeof *routes };

static const struct carillon_ws_endpoint endpoint = {
    .size = sizeof endpoint,
    .pattern = "/ws/{app}",
    .open = open_ws,
    .message = message,
    .closed = closed,
};

static struct route_table *build(void)
{
    struct route_table *table = NULL;
    enum carillon_result result;
    for (size_t i = 0; i < ROUTES; i++) {
        struct route_table *next = route_table_add(table, &routes[i], &result);
        assert_non_null(next);
        route_table_free(table);
        table = next;
    }
    return table;
}

static void look(const struct route_table *table, const char *method, const char *path, struct route_match *match)
{
    route_find(table, (struct carillon_str){ method, strlen(method) }, (struct carillon_str){ path, strlen(path) },
               match);
}

static void test_finds(void **state)
{
    static const struct {
        const char *method, *path;
        int route;            /* -1: none */
        const char *captures; /* "name=value ..." */
    } table[] = {
        { "GET", "/", 0, "" },
        { "GET", "/a/b", 3, "" },
        { "HEAD", "/a/b", 3, "" },
        { "GET", "/a/other", 2, "x=other " },
        { "POST", "/a/b", 4, "y=b " },
        { "GET", "/a/1/c/2", 5, "x=1 z=2 " },
        { "GET", "/a/1/d/2", 1, "rest=a/1/d/2 " },
        { "GET", "/files/tmp/info", 7, "dir=tmp " },
        { "DELETE", "/files/tmp/x/y", 6, "dir=tmp rest=x/y " },
        { "DELETE", "/files/tmp", -1, "" },
        { "DELETE", "/a/b", -1, "" },
        { "GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", 1,
          "rest=1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18 " },
        { "GET", "", -1, "" },
        { "GET", "a/b", -1, "" },
    };
    struct route_table *built = build();
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct route_match match;
        char captures[256] = "";
        look(built, table[i].method, table[i].path, &match);
        assert_ptr_equal(match.route, table[i].route < 0 ? NULL : &routes[table[i].route]);
        for (size_t c = 0; match.route && c < match.capture_count; c++)
            snprintf(captures + strlen(captures), sizeof captures - strlen(captures), "%.*s=%.*s ",
                     (int)match.captures[c].name.len, match.captures[c].name.ptr, (int)match.captures[c].value.len,
                     match.captures[c].value.ptr);
        assert_string_equal(captures, table[i].captures);
    }
    route_table_free(built);
}

static void test_tells_methods(void **state)
{
    struct route_table *table = build();
    struct route_match match;
    (void)state;
    look(table, "PUT", "/a/b", &match);
    assert_null(match.route);
    assert_string_equal(match.methods, "GET, HEAD, POST");
    look(table, "PUT", "", &match);
    assert_string_equal(match.methods, "");
    route_table_free(table);
}

static void test_refuses_what_is_taken_or_malformed(void **state)
{
    static const char *const malformed[] = {
        "", "a", "/{", "/{}", "/{*}", "/a{b}", "/{rest*}/more", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL
    };
    struct route_table *table = build();
    enum carillon_result result;
    (void)state;
    struct carillon_http_route same = ROUTE("GET", "/a/{other_name}");
    assert_null(route_table_add(table, &same, &result));
    assert_int_equal(result, CARILLON_EXISTS);
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct carillon_http_route bad = ROUTE("GET", malformed[i]);
        assert_null(route_table_add(table, &bad, &result));
        assert_int_equal(result, CARILLON_INVALID);
    }
    route_table_free(table);
}

static void test_endpoints_and_removal(void **state)
{
    struct route_table *table = build(), *next;
    struct route_match match;
    enum carillon_result result;
    (void)state;
    next = route_table_add_endpoint(table, &endpoint, &result);
    assert_non_null(next);
    assert_null(route_table_add_endpoint(next, &endpoint, &result));
    look(next, "GET", "/ws/main", &match);
    assert_ptr_equal(match.endpoint, &endpoint);
    assert_memory_equal(match.captures[0].value.ptr, "main", 4);
    route_table_free(table);
    table = route_table_remove_endpoint(next, &endpoint, &result);
    assert_non_null(table);
    look(table, "GET", "/ws/main", &match);
    assert_null(match.endpoint);
    assert_null(route_table_remove_endpoint(table, &endpoint, &result));
    assert_int_equal(result, CARILLON_NOT_FOUND);
    route_table_free(next);
    next = route_table_remove(table, &routes[3], &result);
    look(next, "GET", "/a/b", &match);
    assert_ptr_equal(match.route, &routes[2]);
    route_table_free(table);
    route_table_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_tells_methods),
        cmocka_unit_test(test_refuses_what_is_taken_or_malformed),
        cmocka_unit_test(test_endpoints_and_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
