// sources: plugins/websocket/codec.c plugins/wire/scan.c plugins/wire/text.c
#include "codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { DEPTH_MAX = 32 };

/* A copy without room behind it, so that AddressSanitizer sees every step too far. */
static bool parse(struct request *request, const char *json)
{
    size_t len = strlen(json);
    char *exact = malloc(len + 1);
    memcpy(exact, json, len + 1);
    bool ok = request_parse(request, exact, len, DEPTH_MAX);
    free(exact);
    return ok;
}

static void assert_str(struct carillon_str str, const char *expected)
{
    if (!expected) {
        assert_null(str.ptr);
        return;
    }
    assert_non_null(str.ptr);
    assert_int_equal(str.len, strlen(expected));
    assert_memory_equal(str.ptr, expected, str.len);
    assert_int_equal(str.ptr[str.len], '\0');
}

static void takes_each_type(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum request_type type;
        unsigned fields;
    } cases[] = {
        { "{\"type\":\"connect\",\"token\":\"t\"}", REQUEST_TYPE_CONNECT, REQUEST_BIT(TOKEN) },
        { "{\"type\":\"refresh\",\"token\":\"t\"}", REQUEST_TYPE_REFRESH, REQUEST_BIT(TOKEN) },
        { "{\"type\":\"subscribe\",\"channel\":\"c\"}", REQUEST_TYPE_SUBSCRIBE, REQUEST_BIT(CHANNEL) },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":0}", REQUEST_TYPE_SUBSCRIBE,
          REQUEST_BIT(CHANNEL) | REQUEST_BIT(EPOCH) | REQUEST_BIT(POS) },
        { "{\"type\":\"unsubscribe\",\"channel\":\"c\"}", REQUEST_TYPE_UNSUBSCRIBE, REQUEST_BIT(CHANNEL) },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"text\":\"\"}", REQUEST_TYPE_PUBLISH,
          REQUEST_BIT(CHANNEL) | REQUEST_BIT(TEXT) },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"event\":\"x\",\"data\":null,\"client_id\":\"i\"}",
          REQUEST_TYPE_PUBLISH,
          REQUEST_BIT(CHANNEL) | REQUEST_BIT(EVENT) | REQUEST_BIT(DATA) | REQUEST_BIT(CLIENT_ID) },
        { "{\"type\":\"typing\",\"channel\":\"c\",\"active\":true}", REQUEST_TYPE_TYPING,
          REQUEST_BIT(CHANNEL) | REQUEST_BIT(ACTIVE) },
        { "{\"type\":\"read\",\"channel\":\"c\",\"pos\":9007199254740991}", REQUEST_TYPE_READ,
          REQUEST_BIT(CHANNEL) | REQUEST_BIT(POS) },
        { "{\"type\":\"presence\",\"channel\":\"c\"}", REQUEST_TYPE_PRESENCE, REQUEST_BIT(CHANNEL) },
        { "{\"type\":\"ping\"}", REQUEST_TYPE_PING, 0 },
        /* what a type does not know is not looked at, whatever it is */
        { "{\"type\":\"ping\",\"channel\":7,\"later\":{}}", REQUEST_TYPE_PING, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request request;
        if (!parse(&request, cases[i].json))
            fail_msg("%s: %s", cases[i].json, request.failure.detail.ptr);
        assert_int_equal(request.type, cases[i].type);
        assert_int_equal(request.fields, cases[i].fields);
        assert_null(request.id.ptr);
        request_free(&request);
    }
}

static void takes_values(void **state)
{
    (void)state;
    struct request request;
    assert_true(parse(&request,
                      "{\"type\":\"publish\",\"id\":12,\"channel\":\"caf\\u00e9\",\"client_id\":\"i-1\","
                      "\"text\":\"\\ud83d\\ude00 \\\"x\\\"\",\"reply_to\":\"m\",\"mentions\":[\"u1\",\"u2\"]}"));
    assert_str(request.id, "12");
    assert_str(request.channel, "café");
    assert_str(request.client_id, "i-1");
    assert_str(request.text, "😀 \"x\"");
    assert_str(request.reply_to, "m");
    assert_str(request.event, NULL);
    assert_str(request.data, NULL);
    assert_int_equal(request.mention_count, 2);
    assert_str(request.mentions[0], "u1");
    assert_str(request.mentions[1], "u2");
    request_free(&request);

    assert_true(parse(&request, "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e7\",\"pos\":41}"));
    assert_str(request.epoch, "e7");
    assert_int_equal(request.pos, 41);
    request_free(&request);

    assert_true(parse(&request, "{\"type\":\"publish\",\"channel\":\"c\",\"text\":\"x\",\"mentions\":[]}"));
    assert_int_equal(request.mention_count, 0);
    request_free(&request);
}

/* The application's data is passed on as it was written: no number changes, no order, no escape. */
static void keeps_data_as_written(void **state)
{
    (void)state;
    static const struct {
        const char *written, *kept;
    } cases[] = {
        { "null", "null" },
        { "0.1", "0.1" },
        { "1.50e+2", "1.50e+2" },
        { "9007199254740993", "9007199254740993" },
        { "\"\\u00e9 \\/\"", "\"\\u00e9 \\/\"" },
        { "{ \"z\" : 1 ,\n \"a\" : [ 1.0 , { } ] }", "{\"z\":1,\"a\":[1.0,{}]}" },
        { "\" a  b \"", "\" a  b \"" },
    };
    static const char *const frames[] = {
        "{\"data\":%s,\"type\":\"publish\",\"channel\":\"c\",\"event\":\"e\"}",
        "{\"type\":\"publish\",\"channel\":\"c\",\"event\":\"e\",\"data\":%s}",
        " { \"x\":{\"data\":5},\"type\":\"publish\",\"channel\":\"c\",\"event\":\"}\\\"\",\"d\\u0061ta\" : %s }",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof frames / sizeof frames[0]; j++) {
            char json[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(json, sizeof json, frames[j], cases[i].written);
#pragma GCC diagnostic pop
            struct request request;
            assert_true(parse(&request, json));
            assert_str(request.data, cases[i].kept);
            request_free(&request);
        }
    }
}

static void repeats_ids(void **state)
{
    (void)state;
    static const struct {
        const char *json, *id;
    } cases[] = {
        { "0", "0" },
        { "9007199254740991", "9007199254740991" },
        { "\"\"", "\"\"" },
        { "\"a\\\"\\u0001\"", "\"a\\\"\\u0001\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"type\":\"ping\",\"id\":%s}", cases[i].json);
        struct request request;
        assert_true(parse(&request, json));
        assert_str(request.id, cases[i].id);
        request_free(&request);
    }
    /* the longest and the worst of them fits */
    char json[1024], worst[REQUEST_ID_MAX * 6 + 1];
    for (size_t i = 0; i < REQUEST_ID_MAX; i++)
        memcpy(worst + i * 6, "\\u0001", 7);
    snprintf(json, sizeof json, "{\"type\":\"ping\",\"id\":\"%s\"}", worst);
    struct request request;
    assert_true(parse(&request, json));
    assert_int_equal(request.id.len, REQUEST_ID_ROOM);
    request_free(&request);
    snprintf(json, sizeof json, "{\"type\":\"ping\",\"id\":\"%s.\"}", worst);
    assert_false(parse(&request, json));
    request_free(&request);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *json, *code, *detail, *id;
    } cases[] = {
        { "", "invalid_json", "malformed JSON", NULL },
        { "{", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\"} x", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",\"type\":\"ping\"}", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",}", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",\"x\":\"\\u0000\"}", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",\"x\":\"\\ud800\"}", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",\"x\":1e999}", "invalid_json", "malformed JSON", NULL },
        { "{\"type\":\"ping\",\"x\":\"\xff\"}", "invalid_json", "malformed JSON", NULL },
        { "[]", "invalid_json", "one JSON object", NULL },
        { "7", "invalid_json", "malformed JSON", NULL },
        { "{}", "invalid_request", "type is missing", NULL },
        { "{\"type\":7}", "invalid_request", "type is missing", NULL },
        { "{\"type\":\"pong\",\"id\":1}", "invalid_request", "unknown type", "1" },
        { "{\"type\":\"ping\",\"id\":-1}", "invalid_request", "id must be", NULL },
        { "{\"type\":\"ping\",\"id\":9007199254740992}", "invalid_request", "id must be", NULL },
        { "{\"type\":\"ping\",\"id\":1.0}", "invalid_request", "id must be", NULL },
        { "{\"type\":\"ping\",\"id\":null}", "invalid_request", "id must be", NULL },
        { "{\"type\":\"ping\",\"id\":[]}", "invalid_request", "id must be", NULL },
        { "{\"type\":\"connect\",\"id\":\"a\"}", "invalid_request", "token is missing", "\"a\"" },
        { "{\"type\":\"connect\",\"token\":7}", "invalid_request", "token must be a string", NULL },
        { "{\"type\":\"connect\",\"token\":null}", "invalid_request", "token must be a string", NULL },
        { "{\"type\":\"subscribe\"}", "invalid_request", "channel is missing", NULL },
        { "{\"type\":\"subscribe\",\"channel\":{}}", "invalid_request", "channel must be a string", NULL },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e\"}", "invalid_request", "belong together", NULL },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"pos\":1}", "invalid_request", "belong together", NULL },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":\"1\"}", "invalid_request",
          "pos must be an integer", NULL },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":-1}", "invalid_request",
          "pos must be an integer", NULL },
        { "{\"type\":\"subscribe\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":1.5}", "invalid_request",
          "pos must be an integer", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\"}", "invalid_request", "either text or event", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"text\":\"a\",\"event\":\"b\"}", "invalid_request",
          "either text or event", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"event\":\"b\",\"mentions\":[]}", "invalid_request",
          "belong to a message", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"text\":\"a\",\"mentions\":\"u\"}", "invalid_request",
          "mentions must be an array of strings", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"text\":\"a\",\"mentions\":[\"u\",7]}", "invalid_request",
          "mentions must be an array of strings", NULL },
        { "{\"type\":\"publish\",\"channel\":\"c\",\"text\":[\"a\"]}", "invalid_request", "text must be a string",
          NULL },
        { "{\"type\":\"typing\",\"channel\":\"c\"}", "invalid_request", "active is missing", NULL },
        { "{\"type\":\"typing\",\"channel\":\"c\",\"active\":1}", "invalid_request", "active must be true or false",
          NULL },
        { "{\"type\":\"read\",\"channel\":\"c\",\"pos\":9007199254740992}", "invalid_request", "pos must be", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request request;
        if (parse(&request, cases[i].json))
            fail_msg("taken: %s", cases[i].json);
        assert_string_equal(request.failure.code, cases[i].code);
        assert_int_equal(request.failure.status, 400);
        assert_false(request.failure.retry);
        if (!strstr(request.failure.detail.ptr, cases[i].detail))
            fail_msg("%s: \"%s\"", cases[i].json, request.failure.detail.ptr);
        assert_int_equal(request.failure.detail.len, strlen(request.failure.detail.ptr));
        assert_str(request.id, cases[i].id);
        request_free(&request);
    }
}

static void bounds_depth(void **state)
{
    (void)state;
    char json[256];
    for (int extra = 0; extra < 2; extra++) {
        int levels = DEPTH_MAX - 1 + extra; /* and the frame itself */
        int len = snprintf(json, sizeof json, "{\"type\":\"publish\",\"channel\":\"c\",\"event\":\"e\",\"data\":");
        for (int i = 0; i < levels; i++)
            json[len++] = '[';
        for (int i = 0; i < levels; i++)
            json[len++] = ']';
        memcpy(json + len, "}", 2);
        struct request request;
        assert_int_equal(parse(&request, json), extra == 0);
        if (extra)
            assert_string_equal(request.failure.code, "too_deep");
        else
            assert_int_equal(request.data.len, levels * 2);
        request_free(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_each_type), cmocka_unit_test(takes_values), cmocka_unit_test(keeps_data_as_written),
        cmocka_unit_test(repeats_ids),     cmocka_unit_test(refuses),      cmocka_unit_test(bounds_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
