// sources: plugins/websocket/websocket.c plugins/websocket/requests.c plugins/websocket/answers.c plugins/websocket/codec.c plugins/wire/scan.c plugins/wire/text.c plugins/wire/frames.c
#include "unit/plugins/host.h"

static void *client;

static int open_client(void **state)
{
    if (host_reset(state) != 0)
        return -1;
    const struct carillon_http_request request = { .handle = 5 };
    client = host_state.endpoint->open(1, &request, NULL);
    return client ? 0 : -1;
}

static int close_client(void **state)
{
    (void)state;
    host_state.endpoint->closed(1, client, 1006);
    return 0;
}

static void receive(const char *json)
{
    host_state.endpoint->message(1, client, json, strlen(json), false);
}

static void sign_in(void)
{
    const struct carillon_identity identity = { .user = { CARILLON_STR("u"), CARILLON_STR("U") } };
    receive("{\"type\":\"connect\",\"token\":\"t\"}");
    host_state.ops->signed_in(2, client, host_state.cookie, &identity, NULL);
    host_state.lines[0] = '\0';
}

static void registers(void **state)
{
    (void)state;
    assert_string_equal(host_state.endpoint->pattern, "/ws");
    assert_string_equal(host_state.endpoint->subprotocol, "carillon.v1");
    assert_int_equal(host_state.endpoint->message_max, 0); /* limits.frame alone */
    assert_int_equal(host_state.codec->framing, CARILLON_FRAMING_WS_TEXT);
}

static void refuses_without_session(void **state)
{
    (void)state;
    host_reset(state);
    host_state.result = CARILLON_BUSY;
    const struct carillon_http_request request = { .handle = 5 };
    assert_null(host_state.endpoint->open(1, &request, NULL));
}

static void signs_in_and_refreshes(void **state)
{
    (void)state;
    const struct carillon_failure failure = { "unauthorized", 401, CARILLON_STR("bad"), false };
    const struct carillon_identity identity = { .user = { CARILLON_STR("u"), CARILLON_STR("U") }, .expires_ms = 9 };
    receive("{\"type\":\"refresh\",\"id\":1,\"token\":\"t0\"}");
    assert_happened(
        "send "
        "{\"type\":\"error\",\"id\":1,\"code\":\"unauthorized\",\"status\":403,\"detail\":\"no\",\"retry\":false}\n");
    receive("{\"type\":\"connect\",\"id\":2,\"token\":\"t1\"}");
    host_state.ops->signed_in(2, client, host_state.cookie, &identity, &failure);
    assert_happened(
        "sign_in t1\n"
        "send "
        "{\"type\":\"error\",\"id\":2,\"code\":\"unauthorized\",\"status\":401,\"detail\":\"bad\",\"retry\":false}\n");
    receive("{\"type\":\"connect\",\"id\":3,\"token\":\"t2\"}");
    host_state.ops->signed_in(2, client, host_state.cookie, &identity, NULL);
    assert_happened(
        "sign_in t2\n"
        "send {\"type\":\"connected\",\"id\":3,\"session\":\"0000000000000002\",\"user\":{\"id\":\"u\",\"name\":\"U\"},"
        "\"expires_at\":9,\"ping_interval\":25000}\n");
    receive("{\"type\":\"connect\",\"id\":4,\"token\":\"t3\"}");
    assert_happened("send {\"type\":\"error\",\"id\":4,\"code\":\"invalid_request\",\"status\":400,"
                    "\"detail\":\"signed in already: use refresh\",\"retry\":false}\n");
    receive("{\"type\":\"refresh\",\"token\":\"t4\"}");
    host_state.ops->signed_in(2, client, host_state.cookie, &identity, NULL);
    assert_happened("sign_in t4\nsend {\"type\":\"refreshed\",\"expires_at\":9}\n");
}

/* Answers in another order than the requests carry each its own id. */
static void matches_answers(void **state)
{
    (void)state;
    sign_in();
    receive("{\"type\":\"subscribe\",\"id\":\"s\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":4}");
    uint64_t subscribe = host_state.cookie;
    receive("{\"type\":\"publish\",\"id\":\"p\",\"channel\":\"c\",\"text\":\"hi\",\"client_id\":\"k\",\"data\":[ 1.0 ],"
            "\"reply_to\":\"m\",\"mentions\":[\"a\",\"b\"]}");
    uint64_t publish = host_state.cookie;
    receive("{\"type\":\"read\",\"id\":\"r\",\"channel\":\"c\",\"pos\":7}");
    uint64_t mark = host_state.cookie;
    receive("{\"type\":\"presence\",\"channel\":\"c\"}");
    uint64_t presence = host_state.cookie;
    assert_happened("subscribe c e 4\n"
                    "publish c client_id k event . text hi data [1.0] reply_to m mentions 2\n"
                    "read c 7\n"
                    "presence c\n");
    host_state.ops->answered(2, client, presence, CARILLON_STR("{\"channel\":\"c\",\"users\":[]}"), NULL);
    host_state.ops->answered(2, client, mark, CARILLON_STR("{\"channel\":\"c\",\"pos\":7}"), NULL);
    const struct carillon_published published = { .pos = 8, .epoch = CARILLON_STR("e"), .channel = CARILLON_STR("d") };
    host_state.ops->published(2, client, publish, &published, NULL);
    const struct carillon_subscribed subscribed = { .channel = CARILLON_STR("c"),
                                                    .recovery = CARILLON_RECOVERY_RECOVERED };
    host_state.ops->subscribed(2, client, subscribe, &subscribed, NULL);
    assert_happened(
        "send {\"type\":\"presence\",\"channel\":\"c\",\"users\":[]}\n"
        "send {\"type\":\"read\",\"id\":\"r\",\"channel\":\"c\",\"pos\":7}\n"
        "send {\"type\":\"published\",\"id\":\"p\",\"channel\":\"d\",\"epoch\":\"e\",\"pos\":8}\n"
        "send {\"type\":\"subscribed\",\"id\":\"s\",\"channel\":\"c\",\"stored\":false,\"recovery\":\"recovered\"}\n");
}

static void answers_at_once(void **state)
{
    (void)state;
    sign_in();
    receive("{\"type\":\"ping\"}");
    receive("{\"type\":\"ping\",\"id\":5}");
    receive("{\"type\":\"typing\",\"channel\":\"c\",\"active\":true}");
    receive("{\"type\":\"unsubscribe\",\"id\":6,\"channel\":\"c\"}");
    assert_happened("send {\"type\":\"pong\"}\n"
                    "send {\"type\":\"pong\",\"id\":5}\n"
                    "typing c 1\n"
                    "unsubscribe c\n"
                    "send {\"type\":\"unsubscribed\",\"id\":6,\"channel\":\"c\"}\n");
}

static void tells_refusals(void **state)
{
    (void)state;
    static const char refused[] =
        "send {\"type\":\"error\",\"id\":1,\"code\":\"refused\",\"status\":403,\"detail\":\"no\",\"retry\":false}\n";
    static const struct {
        const char *frame, *asked;
    } cases[] = {
        { "{\"type\":\"subscribe\",\"id\":1,\"channel\":\"c\"}", "subscribe c . 0\n" },
        { "{\"type\":\"unsubscribe\",\"id\":1,\"channel\":\"c\"}", "unsubscribe c\n" },
        { "{\"type\":\"publish\",\"id\":1,\"channel\":\"c\",\"event\":\"e\"}",
          "publish c client_id . event e text . data . reply_to . mentions 0\n" },
        { "{\"type\":\"typing\",\"id\":1,\"channel\":\"c\",\"active\":false}", "typing c 0\n" },
        { "{\"type\":\"read\",\"id\":1,\"channel\":\"c\",\"pos\":1}", "read c 1\n" },
        { "{\"type\":\"presence\",\"id\":1,\"channel\":\"c\"}", "presence c\n" },
    };
    sign_in();
    host_state.result = CARILLON_FORBIDDEN;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[512];
        receive(cases[i].frame);
        snprintf(expected, sizeof expected, "%s%s", cases[i].asked, refused);
        assert_happened(expected);
    }
}

static void tells_unasked(void **state)
{
    (void)state;
    const struct carillon_failure failure = { "forbidden", 403, CARILLON_STR("left"), false };
    host_state.ops->unsubscribed(2, client, CARILLON_STR("c"), &failure);
    host_state.ops->closing(2, client, &failure, 700);
    assert_happened(
        "send {\"type\":\"unsubscribed\",\"channel\":\"c\",\"code\":\"forbidden\",\"detail\":\"left\"}\n"
        "send "
        "{\"type\":\"closing\",\"code\":\"forbidden\",\"status\":403,\"detail\":\"left\",\"reconnect_after\":700}\n");
    receive("{\"type\":\"ping\"}"); /* too late */
    assert_happened("");
}

static void bounds_waiting_requests(void **state)
{
    (void)state;
    sign_in();
    for (int i = 0; i < 256; i++)
        receive("{\"type\":\"presence\",\"channel\":\"c\"}");
    uint64_t last = host_state.cookie;
    host_state.lines[0] = '\0';
    receive("{\"type\":\"presence\",\"id\":9,\"channel\":\"c\"}");
    assert_happened(
        "send {\"type\":\"error\",\"id\":9,\"code\":\"refused\",\"status\":403,\"detail\":\"no\",\"retry\":false}\n");
    host_state.ops->answered(2, client, last, CARILLON_STR("{}"), NULL);
    host_state.lines[0] = '\0';
    receive("{\"type\":\"presence\",\"id\":9,\"channel\":\"c\"}");
    assert_happened("presence c\n");
}

static void closes_on_binary(void **state)
{
    (void)state;
    host_state.endpoint->message(1, client, "x", 1, true);
    assert_happened("send {\"type\":\"closing\",\"code\":\"binary_frame\",\"status\":400,"
                    "\"detail\":\"binary frames are not accepted\",\"reconnect_after\":0}\n"
                    "close 1003 binary frames are not accepted\n");
}

/* Ten within ten seconds, wherever those begin; good frames between make no difference. */
static void closes_on_malformed(void **state)
{
    (void)state;
    host_state.now_ms = 5;
    for (int i = 0; i < 9; i++)
        receive("nonsense");
    host_state.now_ms = 10005; /* the nine are too old now */
    for (int i = 0; i < 9; i++)
        receive("{\"type\":\"nonsense\"}");
    host_state.now_ms = 20004;
    receive("{\"type\":\"ping\"}");
    assert_null(strstr(host_state.lines, "close "));
    host_state.lines[0] = '\0';
    receive("nonsense");
    assert_happened("send {\"type\":\"error\",\"code\":\"invalid_json\",\"status\":400,\"detail\":\"malformed JSON "
                    "near byte 8\",\"retry\":false}\n"
                    "send {\"type\":\"closing\",\"code\":\"too_many_errors\",\"status\":400,"
                    "\"detail\":\"too many malformed requests\",\"reconnect_after\":0}\n"
                    "close 4400 too many malformed requests\n");
    receive("nonsense");
    assert_happened("");
}

static void encodes_events(void **state)
{
    (void)state;
    const struct carillon_event event = { .channel = CARILLON_STR("c"),
                                          .at_ms = 3,
                                          .name = CARILLON_STR("typing"),
                                          .data = CARILLON_STR("{\"active\":true}") };
    struct carillon_encode out;
    assert_int_equal(host_state.codec->encode(&event, &out), CARILLON_OK);
    assert_string_equal(
        out.bytes, "{\"type\":\"event\",\"channel\":\"c\",\"event\":\"typing\",\"at\":3,\"data\":{\"active\":true}}");
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_client)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers, host_reset),
        cmocka_unit_test(refuses_without_session),
        cmocka_unit_test_setup(encodes_events, host_reset),
        CLIENT_TEST(signs_in_and_refreshes),
        CLIENT_TEST(matches_answers),
        CLIENT_TEST(answers_at_once),
        CLIENT_TEST(tells_refusals),
        CLIENT_TEST(tells_unasked),
        CLIENT_TEST(bounds_waiting_requests),
        CLIENT_TEST(closes_on_binary),
        CLIENT_TEST(closes_on_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
