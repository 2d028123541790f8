#include "http_client/client_private.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

/* What a request would be misunderstood by, or what is libcurl's to say. */
static const char *const reserved_headers[] = { "connection",        "content-length",   "expect", "host",
                                                "keep-alive",        "proxy-connection", "te",     "trailer",
                                                "transfer-encoding", "upgrade" };

static const char token_characters[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_token(struct carillon_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!text.ptr[i] || !strchr(token_characters, text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool is_header_value(struct carillon_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_reserved(struct carillon_str name)
{
    for (size_t i = 0; i < sizeof reserved_headers / sizeof *reserved_headers; i++)
        if (name.len == strlen(reserved_headers[i]) && strncasecmp(name.ptr, reserved_headers[i], name.len) == 0)
            return true;
    return false;
}

static bool is_method(struct carillon_str method)
{
    return method.len <= 32 && is_token(method) && !str_equal(method, CARILLON_STR("CONNECT")) &&
           !str_equal(method, CARILLON_STR("TRACE"));
}

static enum carillon_result headers_check(const struct carillon_fetch *wish)
{
    size_t total = 0;
    for (size_t i = 0; i < wish->header_count; i++) {
        const struct carillon_http_param *header = &wish->headers[i];
        if (!is_token(header->name) || is_reserved(header->name) || !is_header_value(header->value))
            return CARILLON_INVALID;
        total += header->name.len + header->value.len;
    }
    return total <= CARILLON_FETCH_HEADERS_MAX ? CARILLON_OK : CARILLON_TOO_LARGE;
}

enum carillon_result wish_check(const struct carillon_fetch *wish)
{
    if (wish->size != sizeof *wish || !wish->url.ptr || memchr(wish->url.ptr, '\0', wish->url.len))
        return CARILLON_INVALID;
    if (wish->url.len > CARILLON_FETCH_URL_MAX || wish->body.len > CARILLON_FETCH_BODY_MAX)
        return CARILLON_TOO_LARGE;
    if (wish->method.ptr && !is_method(wish->method))
        return CARILLON_INVALID;
    if (wish->connect_ms < 0 || wish->total_ms < 0 || wish->total_ms > CARILLON_FETCH_TOTAL_MAX_MS ||
        wish->headers_max > CARILLON_FETCH_HEADERS_MAX || wish->body_max > CARILLON_FETCH_BODY_MAX ||
        wish->redirects > CARILLON_FETCH_REDIRECTS_MAX)
        return CARILLON_INVALID;
    return headers_check(wish);
}
