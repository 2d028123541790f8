#include "listener/callback.h"

#include "listener/listener_private.h"

#include <string.h>

static struct conn *conn_of(struct lws *wsi)
{
    return wsi ? lws_get_opaque_user_data(wsi) : NULL;
}

/*
 * Anything but a WebSocket handshake that we accept is served as plain HTTP, with which a refusal can be told properly:
 * libwebsockets decides by the header's text, so another text changes its mind.
 */
static int on_upgrade(struct conn *conn, char *upgrade)
{
    if (strcasecmp(upgrade, "websocket") || !upgrade_begin(conn))
        *upgrade = '-';
    return 0;
}

static int on_http(struct conn *conn)
{
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0); /* our own deadlines from here on */
    if (!conn->request)
        conn->request = request_new(conn);
    if (!conn->request)
        return -1;
    request_begin(conn->request);
    if (!conn->dead && conn->request && !conn->request->waits_for_body)
        lws_http_headers_detach(conn->wsi);
    return 0;
}

static int on_body(struct conn *conn, const char *data, size_t len)
{
    if (conn->kind == CONN_HTTP && conn->request && len)
        request_receive_body(conn->request, data, len);
    return 0;
}

static int dispatch(struct conn *conn, enum lws_callback_reasons reason, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return on_upgrade(conn, in);
    case LWS_CALLBACK_HTTP:
        return on_http(conn);
    case LWS_CALLBACK_HTTP_BODY:
        return on_body(conn, in, len);
    case LWS_CALLBACK_CONFIRM_EXTENSION_OKAY:
        return upgrade_confirm_extension(conn);
    case LWS_CALLBACK_ADD_HEADERS:
        return upgrade_add_headers(conn, in);
    case LWS_CALLBACK_ESTABLISHED:
        return upgrade_established(conn);
    case LWS_CALLBACK_RECEIVE:
        return message_receive(conn, in, len);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return close_received(conn, in, len);
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT, which it takes for a tunnel */
    case LWS_CALLBACK_RAW_RX:
        return -1;
    default:
        return 0;
    }
}

int listener_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct conn *conn = conn_of(wsi);
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS)
        return tls_prepare(user);
    if (!conn || conn->dead)
        return 0;
    bool nested = conn->in_callback;
    conn->in_callback = true;
    int result = dispatch(conn, reason, in, len);
    conn->in_callback = nested;
    return conn->kill_wanted ? -1 : result;
}

int listener_extension(struct lws_context *context, const struct lws_extension *extension, struct lws *wsi,
                       enum lws_extension_callback_reasons reason, void *user, void *in, size_t len)
{
    static const struct lws_ext_options no_options[] = { { NULL, EXTARG_NONE } };
    static int no_state;
    (void)context, (void)extension, (void)wsi, (void)len;
    switch (reason) {
    case LWS_EXT_CB_CONSTRUCT:
        *(void **)user = &no_state;
        *(const struct lws_ext_options **)in = no_options;
        return 0;
    case LWS_EXT_CB_PAYLOAD_RX:
        return EXTENSION_PASSES_ON;
    default:
        return 0;
    }
}
