#include "listener/listener_private.h"

#include "base/log.h"
#include "listener/callback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* HEADERS_BESIDES: what it notes of each header besides its bytes. As for its TIMEOUT, so that the bound is ours. */
enum { HEADERS_BESIDES = 4096, HEADER_SETS = 4096, TIMEOUT_SECONDS = 2 * 3600 };

static void log_line(int level, const char *line)
{
    size_t len = strlen(line);
    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (level & LLL_ERR)
        log_info("libwebsockets", "%.*s", (int)len, line);
    else
        log_debug("libwebsockets", "%.*s", (int)len, line);
}

/*
 * libwebsockets builds each line in one static buffer that all threads would share, so it speaks only while contexts are
 * opened, on the main thread. Later lines are about what a client did wrong, which no operator must act upon.
 */
static void log_level(struct lworker *worker, int levels)
{
    worker->log.u.emit = log_line;
    worker->log.lll_flags = (unsigned)levels;
    lws_set_log_level(levels, log_line);
}

/* libwebsockets' own counts all bytes in one variable that every thread would write to. */
static void *allocate(void *block, size_t size, const char *reason)
{
    (void)reason;
    if (size)
        return realloc(block, size);
    free(block);
    return NULL;
}

static const struct lws_extension extensions[] = {
    { "permessage-deflate", listener_extension, "permessage-deflate" },
    { NULL, NULL, NULL },
};

static struct lws_vhost *vhost_open(struct lworker *worker, const char *name, bool tls,
                                    struct lws_context_creation_info *info)
{
    struct lws_protocols protocols[] = {
        { .name = worker->subprotocol,
          .callback = listener_callback,
          .rx_buffer_size = READ_MAX,
          .tx_packet_size = WRITE_MAX + WRITE_TAIL },
        LWS_PROTOCOL_LIST_TERM,
    };
    info->vhost_name = name;
    info->protocols = protocols; /* copied, except for the name */
    info->alpn = "http/1.1";
    info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (tls)
        info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
    return lws_create_vhost(worker->context, info);
}

static bool tls_vhost_open(struct lworker *worker, size_t place, struct lws_context_creation_info *info)
{
    char name[32];
    snprintf(name, sizeof name, "tls%zu", place);
    tls_expect(worker, place);
    worker->tls[place] = vhost_open(worker, name, true, info);
    tls_made(worker, place);
    return worker->tls[place] != NULL;
}

enum carillon_result context_open(struct lworker *worker, const struct settings *settings)
{
    bool tls = false;
    for (size_t i = 0; i < settings->place_count; i++)
        tls = tls || place_has_tls(&settings->places[i]);
    static const lws_retry_bo_t no_pings = { 0 };
    void *loops[] = { worker_base(worker->index) };
    log_level(worker, LLL_ERR | LLL_WARN);
    strcpy(worker->subprotocol, "carillon");
    if (worker->index == 0)
        lws_set_allocator(allocate);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .foreign_loops = loops,
        .event_lib_custom = &poll_event_library,
        .extensions = extensions,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .log_cx = &worker->log,
        .user = worker,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .max_http_header_data2 = (unsigned)settings->headers_max + HEADERS_BESIDES,
        .max_http_header_pool2 = HEADER_SETS, /* made when needed, freed at once */
        .timeout_secs = TIMEOUT_SECONDS,
        .pt_serv_buf_size = SERVE_BUFFER,
        .retry_and_idle_policy = &no_pings,
    };
    worker->context = lws_create_context(&info);
    if (!worker->context)
        return CARILLON_UNAVAILABLE;
    worker->plain = vhost_open(worker, "plain", false, &info);
    for (size_t i = 0; i < settings->place_count; i++) {
        if (place_has_tls(&settings->places[i]) && !tls_vhost_open(worker, i, &info))
            return CARILLON_UNAVAILABLE;
    }
    log_level(worker, 0);
    return worker->plain ? CARILLON_OK : CARILLON_UNAVAILABLE;
}

void context_close(struct lworker *worker)
{
    if (worker->context)
        lws_context_destroy(worker->context);
    worker->context = NULL;
}
