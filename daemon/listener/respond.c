#include "listener/http.h"
#include "listener/listener_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_MAX = 8192, DATE_SIZE = 40, BODY_JOINED_MAX = WRITE_MAX - HEAD_MAX };

static const struct {
    unsigned status;
    const char *text;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 426, "Upgrade Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
};

const char *respond_reason(unsigned status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "Status";
}

/* ---- the head ---- */

struct head {
    char text[HEAD_MAX];
    size_t len;
    bool full;
};

static void head_add(struct head *head, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void head_add(struct head *head, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(head->text + head->len, sizeof head->text - head->len, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof head->text - head->len)
        head->full = true;
    else
        head->len += (size_t)n;
}

static void head_add_date(struct head *head)
{
    static _Thread_local char text[DATE_SIZE];
    static _Thread_local int64_t at = -1;
    int64_t now = loop_wall_ms() / 1000;
    if (now != at) {
        time_t seconds = (time_t)(at = now);
        struct tm tm;
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &tm));
    }
    head_add(head, "Date: %s\r\n", text);
}

static bool is_clean(struct carillon_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t')
            return false;
    }
    return text.ptr != NULL;
}

static bool has_header(const struct carillon_http_param *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (headers[i].name.ptr && strcasecmp(headers[i].name.ptr, name) == 0)
            return true;
    }
    return false;
}

static bool head_add_given(struct head *head, const struct carillon_http_param *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_clean(headers[i].name) || !is_clean(headers[i].value))
            return false; /* a line break would begin a header of somebody else's */
        head_add(head, "%s: %.*s\r\n", headers[i].name.ptr, (int)headers[i].value.len, headers[i].value.ptr);
    }
    return true;
}

static void head_add_cors(struct head *head, const struct request *request)
{
    struct carillon_str origin = request_header(request, "origin");
    if (!origin.ptr)
        return;
    head_add(head, "Vary: Origin\r\n");
    if (is_clean(origin) && policy_allows_origin(request))
        head_add(head, "Access-Control-Allow-Origin: %s\r\nAccess-Control-Expose-Headers: ETag, Retry-After\r\n",
                 origin.ptr);
}

static void head_add_safety(struct head *head, const struct carillon_http_param *headers, size_t count)
{
    head_add(head, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
    if (!has_header(headers, count, "content-security-policy"))
        head_add(head, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n");
    if (!has_header(headers, count, "cache-control"))
        head_add(head, "Cache-Control: no-store\r\n");
}

struct buffer *respond_make_head(struct request *request, unsigned status, const struct carillon_http_param *headers,
                                 size_t header_count, int64_t content_length, struct carillon_str body)
{
    struct head head = { .len = 0 };
    head_add(&head, "HTTP/1.1 %u %s\r\n", status, respond_reason(status));
    head_add_date(&head);
    if (!head_add_given(&head, headers, header_count))
        return NULL;
    head_add_safety(&head, headers, header_count);
    head_add_cors(&head, request);
    if (content_length >= 0)
        head_add(&head, "Content-Length: %lld\r\n", (long long)content_length);
    if (request->close_after)
        head_add(&head, "Connection: close\r\n");
    else if (request->http10)
        head_add(&head, "Connection: keep-alive\r\n");
    head_add(&head, "\r\n");
    struct buffer *buffer = head.full ? NULL : buffer_new(head.len + body.len);
    if (!buffer)
        return NULL;
    memcpy(buffer->bytes, head.text, head.len);
    if (body.len)
        memcpy(buffer->bytes + head.len, body.ptr, body.len);
    return buffer;
}

/* ---- answering ---- */

/* Takes over the buffer. Answers are not bounded by queue_session: they are what was asked for. */
static bool push(struct conn *conn, struct buffer *buffer)
{
    struct frame *frame = frame_new(buffer);
    bool done = frame && outq_push(&conn->queue, frame) == CARILLON_OK;
    frame_unref(frame);
    return done;
}

static enum carillon_result answer(struct request *request, struct buffer *head, struct buffer *body)
{
    struct conn *conn = request->conn;
    if (!head || !push(conn, head) || (body && !push(conn, buffer_ref(body)))) {
        conn_kill(conn);
        return CARILLON_NO_MEMORY;
    }
    request->answered = true;
    wheel_set(&conn->deadline, settings_now()->request_s); /* for reading it */
    flush_join(conn);
    return CARILLON_OK;
}

static bool has_no_body(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}

static enum carillon_result respond(struct request *request, unsigned status, const struct carillon_http_param *headers,
                                    size_t header_count, struct carillon_str text, struct buffer *shared)
{
    struct carillon_str none = { 0 };
    size_t len = shared ? shared->len : text.len;
    bool no_body = has_no_body(status), sends = !no_body && !request->head && len;
    bool joined = sends && !shared && len <= BODY_JOINED_MAX;
    struct buffer *own = sends && !shared && !joined ? buffer_new(len) : NULL;
    if (own)
        memcpy(own->bytes, text.ptr, len);
    else if (sends && !shared && !joined)
        return CARILLON_NO_MEMORY;
    struct buffer *head = respond_make_head(request, status, headers, header_count, no_body ? -1 : (int64_t)len,
                                            joined ? text : none);
    enum carillon_result result = head ? answer(request, head, sends ? shared ? shared : own : NULL) : CARILLON_INVALID;
    buffer_unref(own);
    return result;
}

enum carillon_result respond_shared(struct request *request, unsigned status, const struct carillon_http_param *headers,
                                    size_t header_count, struct buffer *body)
{
    return respond(request, status, headers, header_count, (struct carillon_str){ 0 }, body);
}

static void respond_failure(struct request *request, const struct carillon_failure *failure,
                            const struct carillon_http_param *more, size_t more_count)
{
    char body[PROBLEM_SIZE_MIN + 1024];
    struct carillon_http_param headers[3] = { { CARILLON_STR("Content-Type"),
                                                CARILLON_STR("application/problem+json") } };
    size_t count = 1;
    for (size_t i = 0; i < more_count; i++)
        headers[count++] = more[i];
    if (failure->retry && (failure->status == 429 || failure->status == 503))
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("Retry-After"), CARILLON_STR("1") };
    size_t len = error_format_problem(failure, body, sizeof body);
    if (respond(request, failure->status, headers, count, (struct carillon_str){ body, len }, NULL) != CARILLON_OK)
        conn_kill(request->conn);
}

void respond_error(struct request *request, enum error_code error)
{
    struct carillon_failure failure = error_failure(error);
    respond_failure(request, &failure, NULL, 0);
}

void respond_error_with(struct request *request, enum error_code error, const char *name, const char *value)
{
    struct carillon_failure failure = error_failure(error);
    struct carillon_http_param header = { { name, strlen(name) }, { value, strlen(value) } };
    respond_failure(request, &failure, &header, 1);
}

void respond_preflight(struct request *request)
{
    struct carillon_http_param headers[4];
    struct carillon_str origin = request_header(request, "origin");
    size_t count = 0;
    if (!request->allow || !request->allow[0]) {
        respond_error(request, ERROR_NOT_FOUND);
        return;
    }
    struct carillon_str methods = { request->allow, strlen(request->allow) };
    headers[count++] = (struct carillon_http_param){ CARILLON_STR("Allow"), methods };
    if (origin.ptr && policy_allows_origin(request)) {
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("Access-Control-Allow-Methods"), methods };
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("Access-Control-Allow-Headers"),
                                                         CARILLON_STR("authorization, content-type, last-event-id") };
        headers[count++] = (struct carillon_http_param){ CARILLON_STR("Access-Control-Max-Age"), CARILLON_STR("7200") };
    }
    if (respond(request, 204, headers, count, (struct carillon_str){ 0 }, NULL) != CARILLON_OK)
        conn_kill(request->conn);
}

void respond_written(struct conn *conn)
{
    struct request *request = conn->request;
    if (!request->answered)
        return;
    bool close_after = request->close_after;
    conn->request = NULL;
    request_free(request);
    if (close_after || accept_is_stopped()) {
        conn_linger(conn);
        return;
    }
    lws_rx_flow_control(conn->wsi, 1);
    if (lws_http_transaction_completed(conn->wsi)) {
        conn_linger(conn);
        return;
    }
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    wheel_set(&conn->deadline, settings_now()->keepalive_s);
}

/* ---- http.h ---- */

bool http_belongs_to(carillon_handle handle, const struct app *app)
{
    struct request *request = request_get(handle, NULL);
    if (request)
        request->app = app;
    return !request || policy_allows_origin(request);
}

struct carillon_str http_header(carillon_handle handle, const char *name)
{
    struct request *request = request_get(handle, NULL);
    return request ? request_header(request, name) : (struct carillon_str){ 0 };
}

struct carillon_str http_query(carillon_handle handle, const char *name)
{
    struct request *request = request_get(handle, NULL);
    return request ? request_query(request, name) : (struct carillon_str){ 0 };
}

static struct request *unanswered(carillon_handle handle, enum carillon_result *why)
{
    struct request *request = request_get(handle, why);
    if (request && (request->answered || request->conn->kind != CONN_HTTP)) {
        *why = CARILLON_STALE;
        return NULL;
    }
    return request;
}

bool http_is_awaited(carillon_handle handle)
{
    enum carillon_result why;
    return unanswered(handle, &why) != NULL;
}

enum carillon_result http_respond(carillon_handle handle, unsigned status, const struct carillon_http_param *headers,
                                  size_t header_count, struct carillon_str body)
{
    enum carillon_result why = CARILLON_OK;
    struct request *request = unanswered(handle, &why);
    return request ? respond(request, status, headers, header_count, body, NULL) : why;
}

enum carillon_result http_respond_failure(carillon_handle handle, const struct carillon_failure *failure)
{
    enum carillon_result why = CARILLON_OK;
    struct request *request = unanswered(handle, &why);
    if (request)
        respond_failure(request, failure, NULL, 0);
    return why;
}

enum carillon_result http_wait(carillon_handle handle, int64_t ms, void (*gone)(void *arg), void *arg)
{
    enum carillon_result why = CARILLON_OK;
    struct request *request = unanswered(handle, &why);
    if (!request)
        return why;
    request->gone = gone;
    request->gone_arg = arg;
    wheel_set(&request->conn->deadline, (unsigned)((ms + 999) / 1000));
    return CARILLON_OK;
}
