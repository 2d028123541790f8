/*
 * The listener alone, without sessions or storage: a few routes and an echo endpoint, for the tests beside this file.
 *
 *   listener-host [--set section.option=value]... [--web FOLDER]
 *
 * Prints {"addresses":[...]} when it listens. SIGHUP reloads with the same settings, SIGUSR1 drains, SIGTERM ends it.
 */
#include "base/handle.h"
#include "base/log.h"
#include "config/config.h"
#include "listener/assets.h"
#include "listener/conn.h"
#include "listener/http.h"
#include "listener/listener.h"
#include "listener/ws_frame.h"
#include "loop/timer.h"
#include "session/app.h"
#include "session/options.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config_sources sources;
static atomic_int open_endpoints, open_streams;

static struct carillon_str str(const char *text)
{
    return (struct carillon_str){ text, strlen(text) };
}

static void reply(carillon_handle handle, unsigned status, struct carillon_str body)
{
    struct carillon_http_param type = { CARILLON_STR("Content-Type"), CARILLON_STR("text/plain") };
    http_respond(handle, status, &type, 1, body);
}

/* ---- routes ---- */

static void on_hello(const struct carillon_http_request *request, void *user)
{
    char body[1024];
    struct carillon_str q = http_query(request->handle, "q");
    (void)user;
    snprintf(body, sizeof body, "hello %s q=%s query=%s", request->capture_count ? request->captures[0].value.ptr : "",
             q.ptr ? q.ptr : "-", request->query.ptr ? request->query.ptr : "-");
    reply(request->handle, 200, str(body));
}

static void on_who(const struct carillon_http_request *request, void *user)
{
    char body[1024];
    struct carillon_str test = http_header(request->handle, "x-test"), unknown = http_header(request->handle, "x-none");
    (void)user;
    snprintf(body, sizeof body,
             "{\"address\":\"%s\",\"secure\":%s,\"test\":\"%s\",\"unknown\":%s,\"worker\":%u,\"method\":\"%s\"}",
             request->address.ptr, request->secure ? "true" : "false", test.ptr ? test.ptr : "",
             unknown.ptr ? "true" : "false", worker_index(), request->method.ptr);
    reply(request->handle, 200, str(body));
}

static void on_echo(const struct carillon_http_request *request, void *user)
{
    (void)user;
    reply(request->handle, 200, request->body);
    /* The second answer must be refused without harm. */
    if (http_respond(request->handle, 200, NULL, 0, CARILLON_STR("again")) != CARILLON_STALE)
        abort();
}

static void on_big(const struct carillon_http_request *request, void *user)
{
    struct carillon_str n = http_query(request->handle, "n");
    size_t len = n.ptr ? strtoull(n.ptr, NULL, 10) : 0;
    char *body = malloc(len + 1);
    (void)user;
    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 26);
    reply(request->handle, 200, (struct carillon_str){ body, len });
    free(body);
}

static void on_never(const struct carillon_http_request *request, void *user)
{
    (void)request, (void)user;
}

struct later {
    struct timer timer;
    carillon_handle handle;
};

static void later_run(struct timer *timer)
{
    struct later *later = (struct later *)timer;
    reply(later->handle, 200, CARILLON_STR("later"));
    free(later);
}

static void on_later(const struct carillon_http_request *request, void *user)
{
    struct later *later = calloc(1, sizeof *later);
    struct carillon_str ms = http_query(request->handle, "ms");
    (void)user;
    later->handle = request->handle;
    timer_init(&later->timer, later_run);
    timer_start(&later->timer, ms.ptr ? atoi(ms.ptr) : 10);
}

static void on_injecting(const struct carillon_http_request *request, void *user)
{
    struct carillon_http_param bad = { CARILLON_STR("X-Bad"), CARILLON_STR("a\r\nX-Injected: b") };
    (void)user;
    if (http_respond(request->handle, 200, &bad, 1, CARILLON_STR("")) != CARILLON_INVALID)
        abort();
    reply(request->handle, 200, CARILLON_STR("refused"));
}

static void on_counts(const struct carillon_http_request *request, void *user)
{
    char body[256];
    (void)user;
    snprintf(body, sizeof body, "{\"connections\":%zu,\"endpoints\":%d,\"streams\":%d,\"buffers\":%zu}",
             listener_count_connections(), atomic_load(&open_endpoints), atomic_load(&open_streams),
             buffers_count_bytes());
    reply(request->handle, 200, str(body));
}

/* ---- streams ---- */

struct stream {
    struct timer timer;
    carillon_handle conn;
    unsigned count, last;
};

static void stream_closed(void *owner)
{
    struct stream *stream = owner;
    timer_stop(&stream->timer);
    atomic_fetch_sub(&open_streams, 1);
    free(stream);
}

static size_t stream_flushing(void *owner, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "id: %u\n\n", ((struct stream *)owner)->count);
}

static const struct conn_owner_ops stream_ops = { .closed = stream_closed, .flushing = stream_flushing };

static void stream_tick(struct timer *timer)
{
    struct stream *stream = (struct stream *)timer;
    char text[64];
    int len = snprintf(text, sizeof text, "data: %u\n\n", ++stream->count);
    struct buffer *buffer = buffer_new((size_t)len);
    memcpy(buffer->bytes, text, (size_t)len);
    struct frame *frame = frame_new(buffer);
    struct conn *conn = conn_get(stream->conn, NULL);
    if (stream->count > stream->last)
        conn_close(conn, 0, CARILLON_STR(""), false);
    else
        conn_queue(conn, frame);
    frame_unref(frame);
    timer_start(timer, 50);
}

static void on_stream(const struct carillon_http_request *request, void *user)
{
    struct carillon_http_param type = { CARILLON_STR("Content-Type"), CARILLON_STR("text/event-stream") };
    struct stream *stream = calloc(1, sizeof *stream);
    struct carillon_str last = http_query(request->handle, "last");
    (void)user;
    stream->last = last.ptr ? (unsigned)atoi(last.ptr) : 5;
    if (http_stream(request->handle, 200, &type, 1, &stream->conn) != CARILLON_OK) {
        free(stream);
        return;
    }
    atomic_fetch_add(&open_streams, 1);
    conn_set_owner(conn_get(stream->conn, NULL), &stream_ops, stream);
    timer_init(&stream->timer, stream_tick);
    timer_start(&stream->timer, 1);
}

/* ---- WebSocket ---- */

static void send_text(struct conn *conn, const char *data, size_t len)
{
    struct buffer *packed = conn_takes_deflated(conn) ? ws_frame_build_deflated(data, len) : NULL;
    struct frame *frame = frame_new(packed ? packed : ws_frame_build_text(data, len));
    if (conn_queue(conn, frame) == CARILLON_LIMIT)
        conn_close(conn, 1013, CARILLON_STR("slow_consumer"), true);
    frame_unref(frame);
}

static void flood(struct conn *conn, unsigned count, size_t size)
{
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('0' + rand() % 70);
    for (unsigned i = 0; i < count; i++)
        send_text(conn, text, size);
    free(text);
}

static void drained(void *owner)
{
    struct conn *conn = conn_get((carillon_handle)(uintptr_t)owner, NULL);
    if (conn)
        send_text(conn, "drained", 7);
}

static const struct conn_owner_ops ws_owner_ops = { .drained = drained };

static void *ws_open(carillon_handle handle, const struct carillon_http_request *request, void *user)
{
    (void)user;
    /* It can be looked into, but not answered. */
    if (http_respond(request->handle, 200, NULL, 0, CARILLON_STR("no")) != CARILLON_STALE)
        abort();
    if (http_query(request->handle, "refuse").ptr)
        return NULL;
    atomic_fetch_add(&open_endpoints, 1);
    conn_set_owner(conn_get(handle, NULL), &ws_owner_ops, (void *)(uintptr_t)handle);
    return (void *)(uintptr_t)handle;
}

static void ws_message(carillon_handle handle, void *state, const char *data, size_t len, bool binary)
{
    struct conn *conn = conn_get(handle, NULL);
    unsigned a = 0, code = 0;
    size_t size = 0;
    (void)state;
    if (data[len] != '\0' || !conn)
        abort();
    if (binary) {
        conn_close(conn, 1003, CARILLON_STR("text only"), false);
    } else if (sscanf(data, "!close %u", &code) == 1) {
        send_text(conn, "before", 6);
        conn_close(conn, code, CARILLON_STR("as you wish"), false);
        send_text(conn, "after", 5);
    } else if (sscanf(data, "!flood %u %zu", &a, &size) == 2) {
        flood(conn, a, size);
    } else if (sscanf(data, "!drained %u %zu", &a, &size) == 2) {
        conn_set_low_water(conn, 0);
        flood(conn, a, size);
    } else if (strcmp(data, "!ping") == 0) {
        conn_ping(conn);
    } else if (strcmp(data, "!worker") == 0) {
        char text[16];
        send_text(conn, text, (size_t)snprintf(text, sizeof text, "%u", worker_index()));
    } else {
        send_text(conn, data, len);
    }
}

static void ws_closed(carillon_handle handle, void *state, unsigned code)
{
    (void)handle, (void)state;
    log_info("host", "closed %u", code);
    atomic_fetch_sub(&open_endpoints, 1);
}

/* ---- all of it ---- */

#define ROUTE(METHOD, PATTERN, MAX, HANDLE)                                                                            \
    {                                                                                                                  \
        .size = sizeof(struct carillon_http_route), .method = METHOD, .pattern = PATTERN, .body_max = MAX,             \
        .handle = HANDLE                                                                                               \
    }

static const struct carillon_http_route routes[] = {
    ROUTE("GET", "/hello", 0, on_hello),       ROUTE("GET", "/hello/{name}", 0, on_hello),
    ROUTE("GET", "/hello/literal", 0, on_who), ROUTE("GET", "/rest/{rest*}", 0, on_hello),
    ROUTE("GET", "/who", 0, on_who),           ROUTE("POST", "/echo", 100000, on_echo),
    ROUTE("PUT", "/echo", 100000, on_echo),    ROUTE("PATCH", "/echo", 100000, on_echo),
    ROUTE("DELETE", "/echo", 100000, on_echo), ROUTE("POST", "/small", 10, on_echo),
    ROUTE("GET", "/big", 0, on_big),           ROUTE("GET", "/never", 0, on_never),
    ROUTE("GET", "/later", 0, on_later),       ROUTE("GET", "/injecting", 0, on_injecting),
    ROUTE("GET", "/counts", 0, on_counts),     ROUTE("GET", "/stream", 0, on_stream),
};

#define ENDPOINT(PATTERN, SUBPROTOCOL)                                                                                 \
    {                                                                                                                  \
        .size = sizeof(struct carillon_ws_endpoint), .pattern = PATTERN, .subprotocol = SUBPROTOCOL,                   \
        .message_max = 1 << 17, .open = ws_open, .message = ws_message, .closed = ws_closed                            \
    }

static const struct carillon_ws_endpoint endpoints[] = {
    ENDPOINT("/ws", "test.v1"),
    ENDPOINT("/plain", NULL),
    ENDPOINT("/apps/{app}/ws", "other.v1"),
};

static struct config *load(void)
{
    struct config_problems problems;
    struct config *config = NULL;
    config_load(&sources, &config, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problems.texts[i]);
    config_problems_free(&problems);
    return config;
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    (void)what, (void)arg;
    if (number == SIGHUP) {
        struct config *config = load();
        if (config && listener_reload(config) == CARILLON_OK)
            log_notice("host", "reloaded");
        config_unref(config);
    } else if (number == SIGUSR1) {
        listener_drain();
    } else {
        workers_quit();
    }
}

static void worker_stops(unsigned index)
{
    (void)index;
    listener_stop_worker();
    listener_free_worker();
    handles_free();
}

static void announce(void)
{
    printf("{\"addresses\":[");
    for (size_t i = 0; i < listener_count_addresses(); i++)
        printf("%s\"%s\"", i ? "," : "", listener_address(i));
    printf("]}\n");
    fflush(stdout);
}

static bool set_up(struct config *config, const char *web)
{
    bool good = apps_load(config) == CARILLON_OK &&
                workers_create((unsigned)config_int(config_find(config, "workers"))) == CARILLON_OK;
    for (size_t i = 0; good && i < sizeof routes / sizeof *routes; i++)
        good = listener_add_route(&routes[i]) == CARILLON_OK && listener_add_route(&routes[i]) == CARILLON_EXISTS;
    for (size_t i = 0; good && i < sizeof endpoints / sizeof *endpoints; i++)
        good = listener_add_endpoint(&endpoints[i]) == CARILLON_OK;
    return good && (!web || assets_load_folder(web, CARILLON_STR("connect-src https://api.example")) == CARILLON_OK) &&
           listener_open(config) == CARILLON_OK;
}

static void run(void)
{
    static const int signals[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
    struct event *events[4];
    for (size_t i = 0; i < 4; i++) {
        events[i] = event_new(worker_base(WORKER_MAIN), signals[i], EV_SIGNAL | EV_PERSIST, on_signal, NULL);
        event_add(events[i], NULL);
    }
    if (workers_start(NULL, worker_stops) == CARILLON_OK) {
        listener_start();
        announce();
        workers_run_main();
        listener_drain();
        workers_join();
    }
    for (size_t i = 0; i < 4; i++)
        event_free(events[i]);
}

int main(int argc, char **argv)
{
    const char *settings[64] = { "workers=1", "plugins={}", "listen={{address=\"127.0.0.1:0\"}}" }, *web = NULL;
    char file[] = "/tmp/listener-host-XXXXXX"; /* an empty one: the system's must not be read */
    int fd = mkstemp(file);
    size_t count = 3;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--set") == 0 && count < 64)
            settings[count++] = argv[i + 1];
        else if (strcmp(argv[i], "--web") == 0)
            web = argv[i + 1];
    }
    sources = (struct config_sources){ .file = file, .settings = settings, .setting_count = count };
    signal(SIGPIPE, SIG_IGN);
    if (config_declare_daemon() != CARILLON_OK || session_declare_options() != CARILLON_OK)
        return 2;
    struct config *config = load();
    bool good = config && set_up(config, web);
    if (good)
        run();
    listener_close();
    assets_free();
    workers_destroy();
    apps_free();
    config_unref(config);
    unlink(file);
    close(fd);
    return good ? 0 : 1;
}
