/* What becomes of a request: who serves it, and its body and deadlines. */
#include "listener/listener_private.h"

#include "base/handle.h"

#include <stdlib.h>
#include <string.h>

/* Until it is answered nothing more is read: libwebsockets takes what follows for a part of this request. */
static void pause_reading(struct request *request)
{
    lws_rx_flow_control(request->conn->wsi, 0);
}

static void call_route(struct request *request)
{
    struct conn *conn = request->conn;
    request->waits_for_body = false;
    pause_reading(request);
    if (!request->route) { /* it was removed while the body came */
        respond_error(request, ERROR_NOT_FOUND);
        return;
    }
    request->view.handle = handle_open(HANDLE_REQUEST, request);
    if (!request->view.handle) {
        respond_error(request, ERROR_INTERNAL);
        return;
    }
    wheel_set(&conn->deadline, settings_now()->request_s);
    request->route->handle(&request->view, request->route->user);
}

/* POST, PUT, PATCH: of the others libwebsockets expects none unless a length is given. */
static bool may_have_body(const struct request *request)
{
    return request->view.method.ptr[0] == 'P';
}

static void refuse(struct request *request, enum error_code error)
{
    /* A body that nobody wants may be on the way, and where it ends may not be known. */
    if (request->line_bad || request->chunked || request->length_bad || request->body_expected ||
        (!request->has_length && may_have_body(request)))
        request->close_after = true;
    pause_reading(request);
    if (error == ERROR_METHOD_NOT_ALLOWED)
        respond_error_with(request, error, "Allow", request->allow);
    else if (error == ERROR_UPGRADE_REQUIRED)
        respond_error_with(request, error, "Sec-WebSocket-Version", "13");
    else
        respond_error(request, error);
}

/* Control characters, also those of C1 in UTF-8, have no business in a name. */
static bool path_is_sound(struct carillon_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if ((unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
            return false;
    }
    return utf8_is_valid(path.ptr, path.len);
}

static enum error_code judge(struct request *request)
{
    struct carillon_str host = request_header(request, "host");
    if (request->refused)
        return request->refused;
    if (request->chunked)
        return ERROR_NOT_IMPLEMENTED;
    if (request->line_bad || request->length_bad || !path_is_sound(request->view.path) ||
        (!host.ptr && !request->http10) || lws_hdr_fragment_length(request->conn->wsi, WSI_TOKEN_HOST, 1) > 0)
        return ERROR_INVALID_REQUEST;
    return host.ptr && !policy_allows_host(settings_now(), host) ? ERROR_HOST_REFUSED : ERROR_NONE;
}

/* Captures point into the path; callers are promised a NUL behind every string. */
static bool keep_captures(struct request *request, const struct route_match *match)
{
    struct carillon_http_param *captures;
    size_t bytes = match->capture_count * sizeof *captures;
    struct carillon_str block = request_copy(request, (struct carillon_str){ (const char *)match->captures, bytes });
    if (!block.ptr)
        return false;
    captures = (struct carillon_http_param *)(uintptr_t)block.ptr;
    for (size_t i = 0; i < match->capture_count; i++) {
        captures[i].name = request_copy(request, captures[i].name);
        captures[i].value = request_copy(request, captures[i].value);
        if (!captures[i].name.ptr || !captures[i].value.ptr)
            return false;
    }
    request->view.captures = captures;
    request->view.capture_count = match->capture_count;
    return true;
}

enum error_code request_find_server(struct request *request)
{
    struct route_match match;
    route_find(routes_now(), request->view.method, request->view.path, &match);
    request->allow = request_copy(request, (struct carillon_str){ match.methods, strlen(match.methods) }).ptr;
    request->route = match.route;
    request->endpoint = match.endpoint;
    if (!request->allow || !keep_captures(request, &match))
        return ERROR_INTERNAL;
    if (match.route)
        return ERROR_NONE;
    if (!match.methods[0])
        return ERROR_NOT_FOUND;
    return match.endpoint && strcmp(request->view.method.ptr, "GET") == 0 ? ERROR_UPGRADE_REQUIRED
                                                                          : ERROR_METHOD_NOT_ALLOWED;
}

static enum error_code judge_body(const struct request *request)
{
    if (may_have_body(request) && !request->has_length)
        return ERROR_LENGTH_REQUIRED;
    size_t most = request->route->body_max < settings_now()->body_max ? request->route->body_max
                                                                      : settings_now()->body_max;
    return request->body_expected > most ? ERROR_TOO_LARGE : ERROR_NONE;
}

static void await_body(struct request *request)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct conn *conn = request->conn;
    request->waits_for_body = true;
    wheel_set(&conn->deadline, settings_now()->request_s);
    if (request->expect_continue && !request->http10 &&
        lws_write(conn->wsi, (unsigned char *)(uintptr_t)interim, sizeof interim - 1, LWS_WRITE_RAW) < 0)
        conn_kill(conn);
}

void request_begin(struct request *request)
{
    enum error_code error = judge(request);
    if (!error) {
        error = request_find_server(request);
        if (!request->route && strcmp(request->view.method.ptr, "OPTIONS") == 0 && error != ERROR_INTERNAL) {
            pause_reading(request);
            respond_preflight(request);
            return;
        }
        if (error == ERROR_NOT_FOUND && !request->body_expected) {
            pause_reading(request);
            if (assets_serve(request))
                return;
        }
    }
    if (!error)
        error = judge_body(request);
    if (error)
        refuse(request, error);
    else if (request->body_expected)
        await_body(request);
    else
        call_route(request);
}

void request_receive_body(struct request *request, const char *data, size_t len)
{
    if (!request->waits_for_body)
        return; /* refused, or more than was announced */
    if (!request->body)
        request->body = malloc(request->body_expected + 1);
    if (!request->body) {
        refuse(request, ERROR_INTERNAL);
        return;
    }
    size_t wanted = request->body_expected - request->body_len;
    if (len > wanted)
        request->close_after = true; /* what is over is lost: libwebsockets counts it as this body */
    size_t take = len < wanted ? len : wanted;
    memcpy(request->body + request->body_len, data, take);
    request->body_len += take;
    if (request->body_len < request->body_expected)
        return;
    request->body[request->body_len] = '\0';
    request->view.body = (struct carillon_str){ request->body, request->body_len };
    call_route(request);
}

void request_expire(struct request *request)
{
    if (request->answered) {
        conn_kill(request->conn); /* it does not read its answer */
        return;
    }
    request->close_after = true;
    pause_reading(request);
    respond_error(request, request->waits_for_body ? ERROR_REQUEST_TIMEOUT : ERROR_RESPONSE_TIMEOUT);
}
