#include "listener/listener_private.h"

#include "base/arena.h"
#include "base/handle.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 256 * 1024, HEADERS_MOST = 128, PARAMS_MOST = 160, LENGTH_DIGITS = 15 };

/* ---- copying it out of libwebsockets, whose header memory is scarce and goes to the next request ---- */

static struct carillon_str copy_fragments(struct request *request, enum lws_token_indexes token)
{
    struct lws *wsi = request->conn->wsi;
    int total = lws_hdr_total_length(wsi, token), fragments = 0;
    while (fragments < HEADERS_MOST && lws_hdr_fragment_length(wsi, token, fragments) > 0)
        fragments++;
    char *copy = total > 0 ? arena_alloc(request->arena, (size_t)total + 2 * (size_t)fragments + 1) : NULL;
    size_t len = 0;
    for (int i = 0; copy && i < fragments; i++) {
        if (i) {
            memcpy(copy + len, ", ", 2);
            len += 2;
        }
        int n = lws_hdr_copy_fragment(wsi, copy + len, lws_hdr_fragment_length(wsi, token, i) + 1, token, i);
        len += n > 0 ? (size_t)n : 0;
    }
    return copy ? (struct carillon_str){ copy, len } : (struct carillon_str){ 0 };
}

static void header_add(struct request *request, struct carillon_str name, struct carillon_str value)
{
    if (value.ptr && request->header_count < HEADERS_MOST)
        request->headers[request->header_count++] = (struct carillon_http_param){ name, value };
}

/* Names that libwebsockets does not know; of one that comes twice it tells the first value only. */
static void custom_header(const char *name, int len, void *arg)
{
    struct request *request = arg;
    struct lws *wsi = request->conn->wsi;
    size_t bare = len > 0 && name[len - 1] == ':' ? (size_t)len - 1 : (size_t)len;
    struct carillon_str copy = request_copy(request, (struct carillon_str){ name, bare });
    int value_len = lws_hdr_custom_length(wsi, name, len);
    char *value = copy.ptr && value_len >= 0 ? arena_alloc(request->arena, (size_t)value_len + 1) : NULL;
    if (!value || request_header(request, copy.ptr).ptr)
        return;
    if (lws_hdr_custom_copy(wsi, value, value_len + 1, name, len) >= 0)
        header_add(request, copy, (struct carillon_str){ value, (size_t)value_len });
}

static bool copy_headers(struct request *request)
{
    request->headers = arena_alloc(request->arena, HEADERS_MOST * sizeof *request->headers);
    if (!request->headers)
        return false;
    for (int token = 0; token < WSI_TOKEN_COUNT; token++) {
        const char *name = (const char *)lws_token_to_string((enum lws_token_indexes)token);
        size_t len = name ? strlen(name) : 0;
        if (len < 2 || name[len - 1] != ':' || name[0] == ':' ||
            lws_hdr_total_length(request->conn->wsi, (enum lws_token_indexes)token) <= 0)
            continue;
        struct carillon_str copy = request_copy(request, (struct carillon_str){ name, len - 1 });
        header_add(request, copy, copy_fragments(request, (enum lws_token_indexes)token));
    }
    return lws_hdr_custom_name_foreach(request->conn->wsi, custom_header, request) == 0;
}

/* It has cut the query at '&' and decoded each part already. */
static bool copy_params(struct request *request)
{
    struct lws *wsi = request->conn->wsi;
    int len;
    request->params = arena_alloc(request->arena, PARAMS_MOST * sizeof *request->params);
    for (int i = 0; request->params && i < PARAMS_MOST; i++) {
        len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        char *copy = len > 0 ? arena_alloc(request->arena, (size_t)len + 1) : NULL;
        if (!copy)
            break;
        len = lws_hdr_copy_fragment(wsi, copy, len + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
        char *equals = len > 0 ? memchr(copy, '=', (size_t)len) : NULL;
        struct carillon_str value = { equals ? equals + 1 : "", equals ? (size_t)(copy + len - equals - 1) : 0 };
        if (equals)
            *equals = '\0';
        struct carillon_str name = { copy, equals ? (size_t)(equals - copy) : (size_t)(len > 0 ? len : 0) };
        request->params[request->param_count++] = (struct carillon_http_param){ name, value };
    }
    return request->params != NULL;
}

static size_t escape(char *out, struct carillon_str text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || memchr("-_.~", c, 4)) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    return len;
}

/* The query as it may have been sent: what libwebsockets decoded, encoded again. */
static struct carillon_str join_query(struct request *request)
{
    size_t room = 1, len = 0;
    for (size_t i = 0; i < request->param_count; i++)
        room += 3 * (request->params[i].name.len + request->params[i].value.len) + 2;
    char *out = request->param_count ? arena_alloc(request->arena, room) : NULL;
    for (size_t i = 0; out && i < request->param_count; i++) {
        if (i)
            out[len++] = '&';
        len += escape(out + len, request->params[i].name);
        out[len++] = '=';
        len += escape(out + len, request->params[i].value);
    }
    return out ? (struct carillon_str){ out, len } : (struct carillon_str){ 0 };
}

static bool copy_line(struct request *request)
{
    static const char *const methods[] = {
        [LWSHUMETH_GET] = "GET",   [LWSHUMETH_POST] = "POST",   [LWSHUMETH_OPTIONS] = "OPTIONS",
        [LWSHUMETH_PUT] = "PUT",   [LWSHUMETH_PATCH] = "PATCH", [LWSHUMETH_DELETE] = "DELETE",
        [LWSHUMETH_HEAD] = "HEAD",
    };
    char *path = NULL, version[16] = "";
    int path_len = 0, method = lws_http_get_uri_and_method(request->conn->wsi, &path, &path_len);
    if (method < 0 || (size_t)method >= sizeof methods / sizeof *methods || !methods[method] || !path)
        return false;
    request->view.method = (struct carillon_str){ methods[method], strlen(methods[method]) };
    request->view.path = request_copy(request, (struct carillon_str){ path, (size_t)path_len });
    request->head = method == LWSHUMETH_HEAD;
    if (lws_hdr_copy(request->conn->wsi, version, sizeof version, WSI_TOKEN_HTTP) <= 0)
        version[0] = '\0';
    request->http10 = strcmp(version, "HTTP/1.0") == 0;
    /* libwebsockets ends the line at an encoded line break too, and goes on with a header: then this is missing. */
    request->line_bad = !request->http10 && strcmp(version, "HTTP/1.1");
    return request->view.path.ptr != NULL;
}

static void note_length(struct request *request)
{
    struct lws *wsi = request->conn->wsi;
    struct carillon_str length = request_header(request, "content-length");
    request->chunked = request_header(request, "transfer-encoding").ptr != NULL;
    request->has_length = length.ptr != NULL;
    request->length_bad = length.len > LENGTH_DIGITS ||
                          lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0 ||
                          (length.ptr && strspn(length.ptr, "0123456789") != length.len) || (length.ptr && !length.len);
    if (length.ptr && !request->length_bad)
        request->body_expected = (size_t)strtoull(length.ptr, NULL, 10);
}

static bool has_token(struct carillon_str list, const char *token)
{
    size_t len = strlen(token);
    for (const char *p = list.ptr; p && *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " \t");
        if (strncasecmp(p, token, len) == 0 && strcspn(p + len, ", \t") == 0)
            return true;
    }
    return false;
}

static bool note_client(struct request *request)
{
    const struct settings *settings = settings_now();
    struct conn *conn = request->conn;
    struct carillon_str peer = peer_address(conn->peer), connection = request_header(request, "connection");
    char forwarded[ADDRESS_TEXT_MAX];
    bool trusted = conn->proxied || cidr_contains(settings->proxies, settings->proxy_count, peer);
    request->view.secure = conn->tls;
    if (trusted) {
        struct carillon_str proto = request_header(request, "x-forwarded-proto");
        address_forwarded(request_header(request, "x-forwarded-for"), peer, settings->proxies, settings->proxy_count,
                          forwarded);
        peer = (struct carillon_str){ forwarded, strlen(forwarded) };
        if (proto.ptr)
            request->view.secure = strcasecmp(proto.ptr, "https") == 0;
    }
    request->view.address = request_copy(request, peer);
    request->close_after = has_token(connection, "close") || (request->http10 && !has_token(connection, "keep-alive"));
    request->expect_continue = has_token(request_header(request, "expect"), "100-continue");
    return request->view.address.ptr != NULL;
}

struct request *request_new(struct conn *conn)
{
    struct carillon_arena *arena = arena_new(ARENA_MAX);
    struct request *request = arena ? arena_alloc(arena, sizeof *request) : NULL;
    if (!request) {
        arena_free(arena);
        return NULL;
    }
    wheel_clear(&conn->deadline);
    conn->head.bytes = 0;
    request->conn = conn;
    request->arena = arena;
    if (!copy_line(request) || !copy_headers(request) || !copy_params(request) || !note_client(request)) {
        request_free(request);
        return NULL;
    }
    request->view.query = join_query(request);
    note_length(request);
    return request;
}

void request_free(struct request *request)
{
    if (!request)
        return;
    if (request->view.handle)
        handle_close(request->view.handle);
    free(request->body);
    arena_free(request->arena);
}

void request_abandon(struct request *request)
{
    if (request && request->gone && !request->answered)
        request->gone(request->gone_arg);
    request_free(request);
}

/* ---- looking into it ---- */

struct carillon_str request_copy(struct request *request, struct carillon_str text)
{
    return arena_str(request->arena, text);
}

static struct carillon_str find(const struct carillon_http_param *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name.ptr, name) == 0)
            return list[i].value;
    }
    return (struct carillon_str){ 0 };
}

struct carillon_str request_header(const struct request *request, const char *name)
{
    return find(request->headers, request->header_count, name);
}

struct carillon_str request_query(const struct request *request, const char *name)
{
    return find(request->params, request->param_count, name);
}

struct request *request_get(carillon_handle handle, enum carillon_result *why)
{
    return handle_get(handle, HANDLE_REQUEST, why);
}
