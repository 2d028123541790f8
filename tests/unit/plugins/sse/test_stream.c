// sources: plugins/sse/sse.c plugins/sse/open.c plugins/sse/stream.c plugins/sse/keep_alive.c plugins/sse/cursor.c plugins/sse/channels.c plugins/wire/percent.c plugins/wire/text.c plugins/wire/frames.c
#include "unit/plugins/host.h"

static const struct carillon_identity ada = { .user = { CARILLON_STR("u"), CARILLON_STR("Ada") }, .expires_ms = 9 };
static const char connected[] =
    "send data: {\"type\":\"connected\",\"session\":\"0000000000000002\",\"user\":{\"id\":\"u\","
    "\"name\":\"Ada\"},\"expires_at\":9}\n\n\n";

static void request_with(const char *method, const char *channels)
{
    const struct carillon_http_request request = { .handle = 5, .method = host_str(method) };
    host_state.query[0][0] = "channels";
    host_state.query[0][1] = channels;
    host_state.route->handle(&request, NULL);
}

static void set_ticket(const char *ticket)
{
    host_state.query[1][0] = "ticket";
    host_state.query[1][1] = ticket;
}

static void set_last_event_id(const char *cursor)
{
    host_state.header[0][0] = "last-event-id";
    host_state.header[0][1] = cursor;
}

static void end(void)
{
    host_state.ops->ended(host_state.state);
    assert_null(host_state.timer);
}

static void assert_flush(const char *expected)
{
    char out[CARILLON_FLUSH_ROOM];
    size_t len = host_state.ops->flushing(2, host_state.state, out, sizeof out);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(out, expected, len);
}

static void refuses_requests(void **state)
{
    (void)state;
    request_with("GET", NULL);
    assert_happened("refuse 400 invalid_request channels is missing\n");
    request_with("GET", "a");
    assert_happened("refuse 403 unauthorized no\n");
    set_ticket("t");
    host_state.sign_in[CARILLON_CREDENTIAL_TICKET] = CARILLON_UNAUTHORIZED;
    request_with("GET", "a");
    assert_happened("seal ticket t\nrefuse 401 ticket_invalid no\n");
    set_last_event_id("bad");
    request_with("GET", "a");
    assert_happened("refuse 400 invalid_request the cursor is none of ours\n");
    request_with("HEAD", "a");
    assert_happened("respond 200 headers 3 body .\n");
    assert_null(host_state.ops);
}

/* A used ticket in the URL of an EventSource that reconnects: the cursor signs in. A fresh one comes first. */
static void chooses_the_credential(void **state)
{
    (void)state;
    set_last_event_id("1~OLD~e.1");
    host_state.result = CARILLON_STALE; /* the client leaves at once: only the sign-in is looked at */
    host_state.query[1][0] = "ticket";
    host_state.query[1][1] = "t";
    host_state.sign_in[CARILLON_CREDENTIAL_TICKET] = CARILLON_UNAUTHORIZED;
    request_with("GET", "a");
    assert_happened("seal ticket t\nseal sealed OLD\nstream 200 headers 3\n");
    host_state.sign_in[CARILLON_CREDENTIAL_SEALED] = CARILLON_UNAUTHORIZED;
    request_with("GET", "a");
    assert_happened("seal ticket t\nseal sealed OLD\nrefuse 401 token_revoked no\n");
    host_state.sign_in[CARILLON_CREDENTIAL_TICKET] = CARILLON_OK;
    request_with("GET", "a");
    assert_happened("seal ticket t\nstream 200 headers 3\n");
    host_state.header[1][0] = "authorization";
    host_state.header[1][1] = "bearer jwt";
    request_with("GET", "a");
    assert_happened("seal token jwt\nstream 200 headers 3\n");
    host_state.header[1][1] = "Basic eDp5";
    host_state.query[1][0] = NULL;
    request_with("GET", "a");
    assert_happened("seal sealed OLD\nrefuse 401 token_revoked no\n");
}

static void refuses_after_the_head(void **state)
{
    (void)state;
    const struct carillon_failure failure = { "token_expired", 401, CARILLON_STR("old"), false };
    set_ticket("t");
    request_with("GET", "a");
    host_state.lines[0] = '\0';
    host_state.ops->signed_in(2, host_state.state, 0, &ada, &failure);
    assert_happened(
        "send data: "
        "{\"type\":\"error\",\"code\":\"token_expired\",\"status\":401,\"detail\":\"old\",\"retry\":false}\n\n\n"
        "close 1000 old\n");
    end();
}

static void streams(void **state)
{
    (void)state;
    set_ticket("t");
    request_with("GET", "a,b,c");
    assert_happened("seal ticket t\nstream 200 headers 3\nsend retry: 2000\n\n\nsign_in_sealed SEALED\n");
    assert_flush("");
    host_state.ops->signed_in(2, host_state.state, 0, &ada, NULL);
    char expected[512];
    snprintf(expected, sizeof expected, "%ssubscribe a . 0\nsubscribe b . 0\nsubscribe c . 0\n", connected);
    assert_happened(expected);

    const struct carillon_failure failure = { "forbidden", 403, CARILLON_STR("no"), false };
    struct carillon_subscribed what = {
        .channel = CARILLON_STR("a"), .epoch = CARILLON_STR("e1"), .pos = 4, .stored = true
    };
    host_state.ops->subscribed(2, host_state.state, 0, &what, NULL);
    host_state.ops->subscribed(2, host_state.state, 1, &what, &failure);
    assert_happened(
        "send data: "
        "{\"type\":\"subscribed\",\"channel\":\"a\",\"epoch\":\"e1\",\"pos\":4,\"stored\":true,\"recovery\":\"none\"}"
        "\n\n\n"
        "send data: {\"type\":\"unsubscribed\",\"channel\":\"b\",\"code\":\"forbidden\",\"detail\":\"no\"}\n\n\n");
    assert_flush(""); /* c is still waiting: an early cursor would forget its place */
    what = (struct carillon_subscribed){ .channel = CARILLON_STR("c") };
    host_state.ops->subscribed(2, host_state.state, 2, &what, NULL);

    static struct carillon_position positions[] = {
        { CARILLON_STR("#user"), CARILLON_STR(""), 0 },
        { CARILLON_STR("c"), CARILLON_STR(""), 0 },
        { CARILLON_STR("a"), CARILLON_STR("e1"), 4 },
    };
    host_state.positions = positions;
    host_state.position_count = 3;
    assert_flush("event: cursor\ndata:\nid: 1~SEALED~e1.4~~\n\n");
    assert_flush(""); /* nothing moved: a passing event, a comment */
    positions[2].pos = 5;
    assert_flush("event: cursor\ndata:\nid: 1~SEALED~e1.5~~\n\n");
    host_state.lines[0] = '\0';
    host_state.ops->unsubscribed(2, host_state.state, CARILLON_STR("a"), &failure);
    host_state.ops->closing(2, host_state.state, &failure, 1234);
    assert_happened(
        "send data: {\"type\":\"unsubscribed\",\"channel\":\"a\",\"code\":\"forbidden\",\"detail\":\"no\"}\n\n\n"
        "send retry: 1234\ndata: "
        "{\"type\":\"closing\",\"code\":\"forbidden\",\"status\":403,\"detail\":\"no\",\"reconnect_after\":1234}"
        "\n\n\n");
    host_state.position_count = 0;
    assert_flush("event: cursor\ndata:\nid: 1~SEALED~~~\n\n");
    char small[16];
    positions[0].channel = CARILLON_STR("a");
    host_state.position_count = 1;
    assert_int_equal(host_state.ops->flushing(2, host_state.state, small, sizeof small), 0);
    end();
}

static void resumes(void **state)
{
    (void)state;
    set_last_event_id("1~S~e1.4~~e3.9");
    request_with("GET", "a,b,c,d");
    host_state.ops->signed_in(2, host_state.state, 0, &ada, NULL);
    char expected[512];
    snprintf(expected, sizeof expected,
             "seal sealed S\nstream 200 headers 3\nsend retry: 2000\n\n\nsign_in_sealed SEALED\n%s"
             "subscribe a e1 4\nsubscribe b . 0\nsubscribe c e3 9\nsubscribe d - 0\n",
             connected);
    assert_happened(expected);
    end();
}

static void tells_refused_subscriptions(void **state)
{
    (void)state;
    set_ticket("t");
    request_with("GET", "a,b");
    host_state.result = CARILLON_INVALID;
    host_state.lines[0] = '\0';
    host_state.ops->signed_in(2, host_state.state, 0, &ada, NULL);
    char expected[512];
    snprintf(expected, sizeof expected,
             "%ssubscribe a . 0\nsend data: "
             "{\"type\":\"unsubscribed\",\"channel\":\"a\",\"code\":\"refused\",\"detail\":\"no\"}\n\n\n"
             "subscribe b . 0\nsend data: "
             "{\"type\":\"unsubscribed\",\"channel\":\"b\",\"code\":\"refused\",\"detail\":\"no\"}\n\n\n",
             connected);
    assert_happened(expected);
    assert_flush("event: cursor\ndata:\nid: 1~SEALED~~\n\n"); /* nobody waits any more */
    end();
}

static void turn_timer(void)
{
    carillon_task_fn run = host_state.timer;
    assert_non_null(run);
    assert_int_equal(host_state.timer_ms, 5000);
    host_state.timer = NULL;
    run(NULL);
}

static void keeps_alive(void **state)
{
    (void)state;
    set_ticket("t");
    request_with("GET", "a");
    host_state.lines[0] = '\0';
    for (int i = 0; i < 3; i++)
        turn_timer();
    assert_happened("");
    assert_flush(""); /* something was written */
    for (int i = 0; i < 3; i++)
        turn_timer();
    assert_happened("");
    turn_timer(); /* 20 s of silence */
    assert_happened("send :\n\n\n");
    assert_flush("");
    for (int i = 0; i < 3; i++)
        turn_timer();
    assert_happened("");
    void *first = host_state.state;
    request_with("GET", "b"); /* the timer is one for all */
    void *second = host_state.state;
    host_state.ops->ended(first);
    assert_non_null(host_state.timer);
    host_state.ops->ended(second);
    assert_null(host_state.timer);
}

static void encodes_events(void **state)
{
    (void)state;
    const struct carillon_event event = { .channel = CARILLON_STR("c"),
                                          .epoch = CARILLON_STR("e"),
                                          .pos = 2,
                                          .at_ms = 3,
                                          .name = CARILLON_STR("x"),
                                          .data = CARILLON_STR("{\n\"a\":1}") };
    struct carillon_encode out;
    assert_int_equal(host_state.codec->encode(&event, &out), CARILLON_OK);
    assert_string_equal(
        out.bytes, "data: {\"type\":\"event\",\"channel\":\"c\",\"epoch\":\"e\",\"pos\":2,\"event\":\"x\",\"at\":3,"
                   "\"data\":{ \"a\":1}}\n\n");
}

#define TEST(name) cmocka_unit_test_setup(name, host_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_requests),
        TEST(chooses_the_credential),
        TEST(refuses_after_the_head),
        TEST(streams),
        TEST(resumes),
        TEST(keeps_alive),
        TEST(tells_refused_subscriptions),
        TEST(encodes_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
