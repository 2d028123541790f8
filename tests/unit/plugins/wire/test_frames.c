// sources: plugins/wire/text.c plugins/wire/frames.c
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

static const struct carillon_str none;
static const struct carillon_user ada = { CARILLON_STR("u1"), CARILLON_STR("Ada \"L\"") };

/* Byte for byte, and it must be JSON. */
static void assert_frame(struct text *text, const char *expected)
{
    struct carillon_str str = text_str(text);
    assert_non_null(str.ptr);
    json_t *tree = json_loadb(str.ptr, str.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    json_decref(tree);
    text_put(text, "", 1);
    assert_string_equal(text->bytes, expected);
    text_free(text);
}

static void writes_connected(void **state)
{
    (void)state;
    struct text text = { 0 };
    struct carillon_identity identity = { .user = ada, .expires_ms = 1700000000123 };
    frame_put_connected(&text, CARILLON_STR("7"), 0x1a, &identity, true);
    assert_frame(&text,
                 "{\"type\":\"connected\",\"id\":7,\"session\":\"000000000000001a\",\"user\":{\"id\":\"u1\",\"name\":"
                 "\"Ada \\\"L\\\"\"},\"expires_at\":1700000000123,\"ping_interval\":25000}");
    identity.expires_ms = 0;
    frame_put_connected(&text, none, 0x1a, &identity, false);
    assert_frame(&text, "{\"type\":\"connected\",\"session\":\"000000000000001a\",\"user\":{\"id\":\"u1\",\"name\":"
                        "\"Ada \\\"L\\\"\"}}");
}

static void writes_refreshed(void **state)
{
    (void)state;
    struct text text = { 0 };
    const struct carillon_identity identity = { .user = ada, .expires_ms = 5 };
    frame_put_refreshed(&text, CARILLON_STR("\"r\""), &identity);
    assert_frame(&text, "{\"type\":\"refreshed\",\"id\":\"r\",\"expires_at\":5}");
}

static void writes_subscribed(void **state)
{
    (void)state;
    struct text text = { 0 };
    struct carillon_subscribed what = {
        .channel = CARILLON_STR("general"), .epoch = CARILLON_STR("e1"), .pos = 17, .stored = true
    };
    frame_put_subscribed(&text, none, &what);
    assert_frame(&text, "{\"type\":\"subscribed\",\"channel\":\"general\",\"epoch\":\"e1\",\"pos\":17,\"stored\":true,"
                        "\"recovery\":\"none\"}");
    what.recovery = CARILLON_RECOVERY_RESET;
    what.reason = "retention";
    what.users = &ada;
    what.user_count = 1;
    frame_put_subscribed(&text, none, &what);
    assert_frame(
        &text,
        "{\"type\":\"subscribed\",\"channel\":\"general\",\"epoch\":\"e1\",\"pos\":17,\"stored\":true,"
        "\"recovery\":\"reset\",\"reason\":\"retention\",\"users\":[{\"id\":\"u1\",\"name\":\"Ada \\\"L\\\"\"}]}");
    what = (struct carillon_subscribed){ .channel = CARILLON_STR("presence-x"),
                                         .recovery = CARILLON_RECOVERY_RECOVERED,
                                         .users = &ada };
    frame_put_subscribed(&text, none, &what);
    assert_frame(&text,
                 "{\"type\":\"subscribed\",\"channel\":\"presence-x\",\"stored\":false,\"recovery\":\"recovered\","
                 "\"users\":[]}");
}

static void writes_published(void **state)
{
    (void)state;
    struct text text = { 0 };
    struct carillon_published what = { .channel = CARILLON_STR("c"),
                                       .epoch = CARILLON_STR("e"),
                                       .pos = 3,
                                       .message = CARILLON_STR("{\"id\":\"m\"}"),
                                       .duplicate = true };
    frame_put_published(&text, CARILLON_STR("1"), &what);
    assert_frame(&text, "{\"type\":\"published\",\"id\":1,\"channel\":\"c\",\"epoch\":\"e\",\"pos\":3,"
                        "\"message\":{\"id\":\"m\"},\"duplicate\":true}");
    what = (struct carillon_published){ .channel = CARILLON_STR("c") };
    frame_put_published(&text, none, &what);
    assert_frame(&text, "{\"type\":\"published\",\"channel\":\"c\"}");
}

static void writes_small_ones(void **state)
{
    (void)state;
    struct text text = { 0 };
    const struct carillon_failure failure = { "forbidden", 403, CARILLON_STR("no\nway"), false };
    frame_put_error(&text, CARILLON_STR("9"), &failure);
    assert_frame(
        &text,
        "{\"type\":\"error\",\"id\":9,\"code\":\"forbidden\",\"status\":403,\"detail\":\"no\\nway\",\"retry\":false}");
    frame_put_closing(&text, &failure, 1500);
    assert_frame(&text, "{\"type\":\"closing\",\"code\":\"forbidden\",\"status\":403,\"detail\":\"no\\nway\","
                        "\"reconnect_after\":1500}");
    frame_put_unsubscribed(&text, none, CARILLON_STR("c"), &failure);
    assert_frame(&text, "{\"type\":\"unsubscribed\",\"channel\":\"c\",\"code\":\"forbidden\",\"detail\":\"no\\nway\"}");
    frame_put_unsubscribed(&text, CARILLON_STR("2"), CARILLON_STR("c"), NULL);
    assert_frame(&text, "{\"type\":\"unsubscribed\",\"id\":2,\"channel\":\"c\"}");
    frame_put_pong(&text, none);
    assert_frame(&text, "{\"type\":\"pong\"}");
    frame_put_answer(&text, "read", CARILLON_STR("2"), CARILLON_STR("{\"channel\":\"c\",\"pos\":1}"));
    assert_frame(&text, "{\"type\":\"read\",\"id\":2,\"channel\":\"c\",\"pos\":1}");
    frame_put_answer(&text, "read", none, CARILLON_STR("{}"));
    assert_frame(&text, "{\"type\":\"read\"}");
}

static void writes_events(void **state)
{
    (void)state;
    struct text text = { 0 };
    struct carillon_event event = { .type = CARILLON_EVENT_MESSAGE_NEW,
                                    .app = CARILLON_STR("main"),
                                    .channel = CARILLON_STR("general"),
                                    .epoch = CARILLON_STR("e"),
                                    .pos = 4,
                                    .at_ms = 12,
                                    .name = CARILLON_STR("message.new"),
                                    .data = CARILLON_STR("{\"message\":{}}") };
    frame_put_event(&text, &event);
    assert_frame(&text,
                 "{\"type\":\"event\",\"channel\":\"general\",\"epoch\":\"e\",\"pos\":4,\"event\":\"message.new\","
                 "\"at\":12,\"data\":{\"message\":{}}}");
    event.pos = 0;
    event.data = none;
    event.name = CARILLON_STR("my\"event");
    frame_put_event(&text, &event);
    assert_frame(&text,
                 "{\"type\":\"event\",\"channel\":\"general\",\"event\":\"my\\\"event\",\"at\":12,\"data\":null}");
}

/* The codecs allocate frame_event_size() bytes once: it must suffice for the worst of strings and numbers. */
static void bounds_events(void **state)
{
    (void)state;
    char controls[200];
    memset(controls, 2, sizeof controls);
    const struct carillon_str worst = { controls, sizeof controls };
    const struct carillon_event event = { .channel = worst,
                                          .epoch = worst,
                                          .pos = UINT64_MAX,
                                          .at_ms = INT64_MIN,
                                          .name = worst,
                                          .data = CARILLON_STR("[1,2]") };
    size_t size = frame_event_size(&event);
    char *bytes = malloc(size);
    struct text text = text_in(bytes, size);
    frame_put_event(&text, &event);
    assert_false(text.failed);
    text = text_in(bytes, frame_event_size(&(struct carillon_event){ .at_ms = INT64_MIN }));
    frame_put_event(&text, &(struct carillon_event){ .at_ms = INT64_MIN, .pos = UINT64_MAX });
    assert_false(text.failed);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_connected), cmocka_unit_test(writes_refreshed),  cmocka_unit_test(writes_subscribed),
        cmocka_unit_test(writes_published), cmocka_unit_test(writes_small_ones), cmocka_unit_test(writes_events),
        cmocka_unit_test(bounds_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
