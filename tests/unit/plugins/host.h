/*
 * A host for one plugin in one test: it keeps what the plugin sends and asks for as lines of text, answers with what the
 * test sets, and lets the test turn the clock. Sockets and the real host are the business of tests/wire.
 */
#ifndef TESTS_UNIT_PLUGINS_HOST_H
#define TESTS_UNIT_PLUGINS_HOST_H

#include <carillon/plugin.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct carillon_encode {
    char bytes[4096];
    size_t room, len;
};

static struct {
    char lines[65536];           /* what happened, one line each */
    enum carillon_result result; /* of the next session function */
    int64_t now_ms;
    uint64_t cookie; /* of the last request */
    const struct carillon_codec *codec;
    const struct carillon_ws_endpoint *endpoint;
    const struct carillon_http_route *route;
    const struct carillon_session_ops *ops;
    void *state; /* of the session */
    carillon_task_fn timer;
    int64_t timer_ms;
    const char *query[8][2], *header[8][2]; /* of the request */
    const struct carillon_position *positions;
    size_t position_count;
    enum carillon_result sign_in[3]; /* of each kind of credential */
} host_state;

__attribute__((format(printf, 1, 2))) static void host_note(const char *format, ...)
{
    size_t len = strlen(host_state.lines);
    va_list args;
    va_start(args, format);
    vsnprintf(host_state.lines + len, sizeof host_state.lines - len, format, args);
    va_end(args);
    strncat(host_state.lines, "\n", sizeof host_state.lines - strlen(host_state.lines) - 1);
}

/* What happened since the last look. */
static void assert_happened(const char *lines)
{
    assert_string_equal(host_state.lines, lines);
    host_state.lines[0] = '\0';
}

static const char *host_text(struct carillon_str str)
{
    if (str.ptr)
        assert_int_equal(str.ptr[str.len], '\0'); /* the ABI's promise */
    return str.ptr ? str.ptr : ".";
}

static struct carillon_str host_str(const char *text)
{
    return text ? (struct carillon_str){ text, strlen(text) } : (struct carillon_str){ 0 };
}

static void host_log(struct carillon_plugin_self *self, enum carillon_log_level level, const char *format, ...)
{
    (void)self;
    host_note("log %d %s", level, format);
}

static int64_t host_option_int(struct carillon_plugin_self *self, const char *name)
{
    (void)self;
    return strcmp(name, "retry") == 0 ? 2000 : 20000;
}

static struct carillon_str host_option_str(struct carillon_plugin_self *self, const char *name)
{
    (void)self;
    assert_string_equal(name, "path");
    return CARILLON_STR("/ws");
}

static int64_t host_monotonic_ms(void)
{
    return host_state.now_ms;
}

static enum carillon_result host_route_add(struct carillon_plugin_self *self, const struct carillon_http_route *route)
{
    (void)self;
    host_state.route = route;
    return CARILLON_OK;
}

static enum carillon_result host_endpoint_add(struct carillon_plugin_self *self,
                                              const struct carillon_ws_endpoint *endpoint)
{
    (void)self;
    host_state.endpoint = endpoint;
    return CARILLON_OK;
}

static enum carillon_result host_codec_add(struct carillon_plugin_self *self, const struct carillon_codec *codec,
                                           unsigned *id)
{
    (void)self;
    host_state.codec = codec;
    *id = 3;
    return CARILLON_OK;
}

static enum carillon_result host_timer_start(struct carillon_plugin_self *self, int64_t after_ms, carillon_task_fn run,
                                             void *arg, carillon_handle *timer)
{
    (void)self;
    assert_null(arg);
    assert_null(host_state.timer);
    host_state.timer = run;
    host_state.timer_ms = after_ms;
    *timer = 9;
    return CARILLON_OK;
}

static enum carillon_result host_timer_stop(carillon_handle timer)
{
    assert_int_equal(timer, 9);
    host_state.timer = NULL;
    return CARILLON_OK;
}

static void *host_encode_alloc(struct carillon_encode *out, size_t size)
{
    assert_true(size <= sizeof out->bytes);
    out->room = size;
    return out->bytes;
}

static void host_encode_done(struct carillon_encode *out, size_t len)
{
    assert_true(len <= out->room);
    out->len = len;
    out->bytes[len] = '\0';
}

static struct carillon_str host_find(const char *(*list)[2], const char *name)
{
    for (size_t i = 0; i < 8 && list[i][0]; i++) {
        if (strcmp(list[i][0], name) == 0)
            return host_str(list[i][1]);
    }
    return (struct carillon_str){ 0 };
}

static struct carillon_str host_http_header(carillon_handle request, const char *name)
{
    assert_int_equal(request, 5);
    return host_find(host_state.header, name);
}

static struct carillon_str host_http_query(carillon_handle request, const char *name)
{
    assert_int_equal(request, 5);
    return host_find(host_state.query, name);
}

static enum carillon_result host_http_respond(carillon_handle request, unsigned status,
                                              const struct carillon_http_param *headers, size_t header_count,
                                              struct carillon_str body)
{
    (void)request;
    (void)headers;
    host_note("respond %u headers %zu body %s", status, header_count, host_text(body));
    return CARILLON_OK;
}

static enum carillon_result host_http_respond_failure(carillon_handle request, const struct carillon_failure *failure)
{
    (void)request;
    host_note("refuse %u %s %s", failure->status, failure->code, failure->detail.ptr);
    return CARILLON_OK;
}

static enum carillon_result host_http_stream(carillon_handle request, unsigned status,
                                             const struct carillon_http_param *headers, size_t header_count,
                                             carillon_handle *conn)
{
    (void)request;
    assert_string_equal(headers[0].value.ptr, "text/event-stream");
    host_note("stream %u headers %zu", status, header_count);
    *conn = 1;
    return host_state.result;
}

static enum carillon_result host_conn_send(carillon_handle conn, struct carillon_str bytes)
{
    assert_int_equal(conn, 1);
    host_note("send %.*s", (int)bytes.len, bytes.ptr);
    return CARILLON_OK;
}

static enum carillon_result host_conn_close(carillon_handle conn, unsigned code, struct carillon_str reason)
{
    assert_int_equal(conn, 1);
    host_note("close %u %s", code, host_text(reason));
    return CARILLON_OK;
}

static enum carillon_result host_session_open(struct carillon_plugin_self *self, carillon_handle conn,
                                              struct carillon_str app, const struct carillon_session_ops *ops,
                                              unsigned codec, void *state, carillon_handle *session)
{
    (void)self;
    assert_int_equal(conn, 1);
    assert_int_equal(codec, 3);
    assert_null(app.ptr);
    host_state.ops = ops;
    host_state.state = state;
    *session = 2;
    return host_state.result;
}

static enum carillon_result host_asked(carillon_handle session, uint64_t cookie)
{
    assert_int_equal(session, 2);
    host_state.cookie = cookie;
    return host_state.result;
}

static enum carillon_result host_session_sign_in(carillon_handle session, struct carillon_str token, uint64_t cookie)
{
    host_note("sign_in %s", host_text(token));
    return host_asked(session, cookie);
}

static enum carillon_result host_session_subscribe(carillon_handle session, struct carillon_str channel,
                                                   struct carillon_str epoch, uint64_t pos, uint64_t cookie)
{
    host_note("subscribe %s %s %" PRIu64, host_text(channel), host_text(epoch), pos);
    return host_asked(session, cookie);
}

static enum carillon_result host_session_unsubscribe(carillon_handle session, struct carillon_str channel)
{
    host_note("unsubscribe %s", host_text(channel));
    return host_asked(session, 0);
}

static enum carillon_result host_session_publish(carillon_handle session, const struct carillon_publish *publish,
                                                 uint64_t cookie)
{
    host_note("publish %s client_id %s event %s text %s data %s reply_to %s mentions %zu", host_text(publish->channel),
              host_text(publish->client_id), host_text(publish->event), host_text(publish->text),
              host_text(publish->data), host_text(publish->reply_to), publish->mention_count);
    return host_asked(session, cookie);
}

static enum carillon_result host_session_typing(carillon_handle session, struct carillon_str channel, bool active)
{
    host_note("typing %s %d", host_text(channel), active);
    return host_asked(session, 0);
}

static enum carillon_result host_session_mark_read(carillon_handle session, struct carillon_str channel, uint64_t pos,
                                                   uint64_t cookie)
{
    host_note("read %s %" PRIu64, host_text(channel), pos);
    return host_asked(session, cookie);
}

static enum carillon_result host_session_presence(carillon_handle session, struct carillon_str channel, uint64_t cookie)
{
    host_note("presence %s", host_text(channel));
    return host_asked(session, cookie);
}

static size_t host_session_positions(carillon_handle session, struct carillon_position *positions, size_t n)
{
    assert_int_equal(session, 2);
    for (size_t i = 0; i < n && i < host_state.position_count; i++)
        positions[i] = host_state.positions[i];
    return host_state.position_count;
}

static enum carillon_result host_sign_in_seal(struct carillon_plugin_self *self, carillon_handle request,
                                              struct carillon_str app, enum carillon_credential kind,
                                              struct carillon_str credential, char *out,
                                              struct carillon_failure *failure)
{
    static const char *const kinds[] = { "token", "ticket", "sealed" };
    static const char *const codes[] = { "token_expired", "ticket_invalid", "token_revoked" };
    (void)self;
    assert_int_equal(request, 5);
    assert_null(app.ptr);
    host_note("seal %s %s", kinds[kind], host_text(credential));
    if (host_state.sign_in[kind] == CARILLON_OK)
        strcpy(out, "SEALED");
    else
        *failure = (struct carillon_failure){ codes[kind], 401, CARILLON_STR("no"), false };
    return host_state.sign_in[kind];
}

static enum carillon_result host_session_sign_in_sealed(carillon_handle session, struct carillon_str sealed,
                                                        uint64_t cookie)
{
    host_note("sign_in_sealed %s", host_text(sealed));
    return host_asked(session, cookie);
}

static struct carillon_failure host_failure_of(enum carillon_result result)
{
    assert_true(result < 0);
    return (struct carillon_failure){ result == CARILLON_UNAUTHORIZED ? "unauthorized" : "refused", 403,
                                      CARILLON_STR("no"), false };
}

static size_t host_json_depth_max(void)
{
    return 16;
}

static const struct carillon_host host = {
    .size = sizeof host,
    .log = host_log,
    .option_int = host_option_int,
    .option_str = host_option_str,
    .monotonic_ms = host_monotonic_ms,
    .route_add = host_route_add,
    .ws_endpoint_add = host_endpoint_add,
    .codec_add = host_codec_add,
    .timer_start = host_timer_start,
    .timer_stop = host_timer_stop,
    .encode_alloc = host_encode_alloc,
    .encode_done = host_encode_done,
    .http_header = host_http_header,
    .http_query = host_http_query,
    .http_respond = host_http_respond,
    .http_respond_failure = host_http_respond_failure,
    .http_stream = host_http_stream,
    .conn_send = host_conn_send,
    .conn_close = host_conn_close,
    .session_open = host_session_open,
    .session_sign_in = host_session_sign_in,
    .session_subscribe = host_session_subscribe,
    .session_unsubscribe = host_session_unsubscribe,
    .session_publish = host_session_publish,
    .session_typing = host_session_typing,
    .session_mark_read = host_session_mark_read,
    .session_presence = host_session_presence,
    .session_positions = host_session_positions,
    .sign_in_seal = host_sign_in_seal,
    .session_sign_in_sealed = host_session_sign_in_sealed,
    .failure_of = host_failure_of,
    .json_depth_max = host_json_depth_max,
};

extern const struct carillon_plugin carillon_plugin_descriptor;

static int host_reset(void **state)
{
    (void)state;
    memset(&host_state, 0, sizeof host_state);
    char error[256] = "";
    return carillon_plugin_descriptor.init(&host, NULL, error);
}

#endif
