#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

static const char *const codes[] = {
#define ERROR_X(name, code, status, close, retry, title, detail) code,
    ERRORS(ERROR_X)
#undef ERROR_X
};
enum { COUNT = sizeof codes / sizeof codes[0] };

static bool is_word(const char *code)
{
    return *code && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(code);
}

static void keep_the_table_sound(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        enum error_code error = (enum error_code)(i + 1);
        struct carillon_failure failure = error_failure(error);
        assert_string_equal(failure.code, codes[i]);
        assert_true(is_word(failure.code));
        assert_true(failure.status >= 400 && failure.status < 600);
        assert_true(failure.detail.len > 0 && failure.detail.ptr[failure.detail.len - 1] != ' ');
        assert_int_equal(error_from_code(codes[i]), error);
        unsigned close = error_close_code(error);
        assert_true((close >= 1001 && close <= 1013) || (close >= 4400 && close < 4500));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(codes[k], codes[i]);
    }
}

static void map_results(void **state)
{
    (void)state;
    static const struct {
        enum carillon_result result;
        const char *code;
        unsigned status;
    } table[] = {
        { CARILLON_CONFLICT, "client_id_conflict", 409 },
        { CARILLON_UNKNOWN, "outcome_unknown", 504 },
        { CARILLON_UNAVAILABLE, "storage_unavailable", 503 },
        { CARILLON_BUSY, "busy", 503 },
        { CARILLON_GONE, "gone", 410 },
        { CARILLON_NOT_FOUND, "not_found", 404 },
        { CARILLON_WRONG_THREAD, "internal", 500 },
        { CARILLON_TOO_LARGE, "too_large", 413 },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct carillon_failure failure = error_failure(error_from_result(table[i].result));
        assert_string_equal(failure.code, table[i].code);
        assert_int_equal(failure.status, table[i].status);
    }
    assert_int_equal(error_from_result(CARILLON_OK), ERROR_NONE);
    assert_int_equal(error_from_result(CARILLON_DUPLICATE), ERROR_NONE);
    assert_string_equal(error_failure(ERROR_NONE).code, "internal");
    assert_string_equal(result_text(CARILLON_STALE), "stale handle");
}

static json_t *format(const struct carillon_failure *failure, size_t room)
{
    char out[4096];
    assert_true(room <= sizeof out);
    memset(out, '#', sizeof out);
    size_t len = error_format_problem(failure, out, room);
    assert_true(len > 0 && len < room);
    assert_int_equal(strlen(out), len);
    if (room < sizeof out)
        assert_int_equal(out[room], '#');
    json_t *json = json_loads(out, 0, NULL);
    assert_non_null(json);
    return json;
}

static void format_every_problem(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        struct carillon_failure failure = error_failure((enum error_code)(i + 1));
        json_t *json = format(&failure, PROBLEM_SIZE_MIN);
        char type[80] = "urn:carillon:error:";
        strcat(type, codes[i]);
        assert_string_equal(json_string_value(json_object_get(json, "type")), type);
        assert_string_equal(json_string_value(json_object_get(json, "code")), codes[i]);
        assert_string_equal(json_string_value(json_object_get(json, "detail")), failure.detail.ptr);
        assert_int_equal(json_integer_value(json_object_get(json, "status")), failure.status);
        assert_int_equal(json_is_true(json_object_get(json, "retry")), failure.retry);
        assert_true(json_string_length(json_object_get(json, "title")) > 0);
        assert_int_equal(json_object_size(json), 6);
        json_decref(json);
    }
}

static void keep_a_hooks_own_code(void **state)
{
    (void)state;
    struct carillon_failure failure = { "links", 403, CARILLON_STR("No \"links\"\n here"), false };
    json_t *json = format(&failure, PROBLEM_SIZE_MIN);
    assert_string_equal(json_string_value(json_object_get(json, "code")), "links");
    assert_string_equal(json_string_value(json_object_get(json, "type")), "urn:carillon:error:links");
    assert_string_equal(json_string_value(json_object_get(json, "title")), "Refused");
    assert_string_equal(json_string_value(json_object_get(json, "detail")), "No \"links\"\n here");
    json_decref(json);
    assert_int_equal(error_close_code_of(&failure), 1008);
}

static void leave_out_a_detail_that_does_not_fit(void **state)
{
    (void)state;
    char detail[2000];
    memset(detail, 'x', sizeof detail);
    struct carillon_failure failure = error_failure(ERROR_BUSY);
    failure.detail = (struct carillon_str){ detail, sizeof detail };
    json_t *json = format(&failure, PROBLEM_SIZE_MIN);
    assert_null(json_object_get(json, "detail"));
    assert_string_equal(json_string_value(json_object_get(json, "code")), "busy");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_the_table_sound),
        cmocka_unit_test(map_results),
        cmocka_unit_test(format_every_problem),
        cmocka_unit_test(keep_a_hooks_own_code),
        cmocka_unit_test(leave_out_a_detail_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
