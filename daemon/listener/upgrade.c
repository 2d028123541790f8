/* WebSocket handshakes. libwebsockets answers them; what it may answer is decided here, before. */
#include "listener/listener_private.h"

#include "base/handle.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAX = 127,
    OFFERS_MAX = 250,
    KEY_LEN = 24,
    ANSWER_MAX = 128
}; /* libwebsockets cuts these headers up in small buffers */

static const char extension_name[] = "permessage-deflate";

static bool list_has(struct carillon_str list, const char *token, bool any_case)
{
    size_t len = strlen(token);
    for (const char *p = list.ptr; p && *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " \t");
        if ((any_case ? strncasecmp(p, token, len) : strncmp(p, token, len)) == 0 && strcspn(p + len, ", \t") == 0)
            return true;
    }
    return false;
}

static bool key_is_sound(struct carillon_str key)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key.len == KEY_LEN && strspn(key.ptr, alphabet) == KEY_LEN - 2 && strcmp(key.ptr + KEY_LEN - 2, "==") == 0;
}

static enum error_code judge_handshake(struct request *request)
{
    struct carillon_str connection = request_header(request, "connection");
    struct carillon_str version = request_header(request, "sec-websocket-version");
    if (!version.ptr || strcmp(version.ptr, "13"))
        return ERROR_UPGRADE_REQUIRED;
    if (request->http10 || connection.len > LIST_MAX || !list_has(connection, "upgrade", true) ||
        !key_is_sound(request_header(request, "sec-websocket-key")) || request->has_length || request->chunked)
        return ERROR_PROTOCOL_ERROR;
    return ERROR_NONE;
}

/* The endpoint's name becomes that of libwebsockets' only protocol: it finds it in the client's list and answers with it. */
static enum error_code choose_subprotocol(struct request *request)
{
    struct lworker *worker = lworker_self();
    struct carillon_str offered = request_header(request, "sec-websocket-protocol");
    const char *ours = request->endpoint->subprotocol;
    if (!offered.ptr)
        return ERROR_NONE;
    if (!ours || strlen(ours) >= sizeof worker->subprotocol || offered.len > LIST_MAX ||
        !list_has(offered, ours, false))
        return ERROR_UNSUPPORTED_SUBPROTOCOL;
    strcpy(worker->subprotocol, ours);
    return ERROR_NONE;
}

/* As often as libwebsockets will ask whether the extension may be used. */
static unsigned count_offers(struct carillon_str offers)
{
    const size_t len = sizeof extension_name - 1;
    unsigned count = 0;
    for (const char *p = offers.ptr; p && *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " \t");
        count += strncmp(p, extension_name, len) == 0 && strcspn(p + len, ",; \t") == 0;
    }
    return count;
}

/*
 * libwebsockets looks at one offer and mistakes its options, so what is agreed is found out here. It then learns only
 * that the extension is used, with its last offer, since it refuses one that comes twice; upgrade_add_headers adds the
 * parameters to its answer.
 */
static enum error_code choose_extension(struct request *request)
{
    struct conn *conn = request->conn;
    struct carillon_str offers = request_header(request, "sec-websocket-extensions");
    if (offers.len > OFFERS_MAX)
        return ERROR_HEADERS_TOO_LARGE;
    request->offers_left = count_offers(offers);
    conn->deflate = request->offers_left && deflate_negotiate(offers, &request->deflate);
    conn->deflate_full = conn->deflate && request->deflate.server_bits == 15;
    return ERROR_NONE;
}

int upgrade_confirm_extension(struct conn *conn)
{
    return conn->request && conn->deflate && --conn->request->offers_left == 0 ? 0 : 1;
}

/* Behind a proxy, connections that stay are counted by the client's own address. */
bool request_count_client(struct request *request)
{
    struct conn *conn = request->conn;
    struct carillon_str address = request->view.address, counted = peer_address(conn->peer);
    if (address.len == counted.len && memcmp(address.ptr, counted.ptr, address.len) == 0)
        return true;
    struct peer *peer = peer_enter(address, settings_now()->connections_per_address);
    if (!peer)
        return false;
    peer_leave(conn->peer);
    conn->peer = peer;
    return true;
}

bool upgrade_begin(struct conn *conn)
{
    struct request *request = conn->request = request_new(conn);
    if (!request || strcmp(request->view.method.ptr, "GET"))
        return false;
    struct carillon_str host = request_header(request, "host");
    request_find_server(request);
    if (request->line_bad || !request->endpoint)
        return false; /* plain HTTP finds out what to say */
    if (!host.ptr || !policy_allows_host(settings_now(), host))
        request->refused = host.ptr ? ERROR_HOST_REFUSED : ERROR_INVALID_REQUEST;
    else if (!request->endpoint->judges_origin && !policy_allows_origin(request))
        request->refused = ERROR_ORIGIN_REFUSED;
    else
        request->refused = judge_handshake(request);
    if (!request->refused)
        request->refused = choose_subprotocol(request);
    if (!request->refused && !request_count_client(request))
        request->refused = ERROR_CONNECTION_LIMIT;
    if (!request->refused)
        request->refused = choose_extension(request);
    return !request->refused;
}

int upgrade_add_headers(struct conn *conn, struct lws_process_html_args *args)
{
    const size_t name_len = sizeof extension_name - 1;
    if (!conn->request || !conn->deflate)
        return 0;
    char *end = args->p - 2; /* of the line that names the extension */
    if (memcmp(end - name_len, extension_name, name_len) || args->max_len < ANSWER_MAX) {
        conn->deflate = conn->deflate_full = false;
        return 0;
    }
    end += deflate_answer(&conn->request->deflate, end, (size_t)args->max_len);
    memcpy(end, "\r\n", 2);
    args->p = end + 2;
    return 0;
}

int upgrade_established(struct conn *conn)
{
    struct request *request = conn->request;
    if (!request)
        return -1;
    const struct carillon_ws_endpoint *endpoint = request->endpoint;
    conn->kind = CONN_WS;
    conn->endpoint = NULL;
    conn->handle = handle_open(HANDLE_CONN, conn);
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    request->view.handle = handle_open(HANDLE_REQUEST, request); /* to look into it, not to answer */
    if (conn->handle && request->view.handle && (endpoint->judges_origin || conn_keep_origin(conn, request)))
        conn->endpoint_state = endpoint->open(conn->handle, &request->view, endpoint->user);
    request_free(request);
    if (conn->endpoint_state)
        conn->endpoint = endpoint;
    else
        conn_close(conn, error_close_code(ERROR_INTERNAL), (struct carillon_str){ 0 }, false);
    return 0;
}
