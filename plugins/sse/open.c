#include "stream.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct carillon_http_param head[] = {
    { CARILLON_STR("Content-Type"), CARILLON_STR("text/event-stream") },
    { CARILLON_STR("Cache-Control"), CARILLON_STR("no-store, no-transform") },
    { CARILLON_STR("X-Accel-Buffering"), CARILLON_STR("no") }, /* nginx would hold events back */
};
static const size_t head_count = sizeof head / sizeof head[0];

/* What a request asks for; given back by asked_free. */
struct asked {
    struct channels channels;
    struct cursor *cursor; /* NULL: it begins now */
    char sealed[CARILLON_SEALED_SIZE];
};

static void asked_free(struct asked *asked)
{
    channels_free(&asked->channels);
    free(asked->cursor);
}

static bool fail(struct carillon_failure *failure, const char *detail)
{
    *failure = (struct carillon_failure){ "invalid_request", 400, { detail, strlen(detail) }, false };
    return false;
}

static bool fail_result(struct carillon_failure *failure, enum carillon_result result)
{
    *failure = sse.host->failure_of(result);
    return false;
}

static bool take_channels(struct asked *asked, carillon_handle request, struct carillon_failure *failure)
{
    const char *wrong = channels_parse(&asked->channels, sse.host->http_query(request, "channels"), CURSOR_PLACES_MAX);
    return wrong ? fail(failure, wrong) : true;
}

/* A browser that reconnects sends the header; a client without headers, or a new page, passes the parameter. */
static bool take_cursor(struct asked *asked, carillon_handle request, struct carillon_failure *failure)
{
    struct carillon_str text = sse.host->http_header(request, "last-event-id");
    if (!text.ptr || text.len == 0)
        text = sse.host->http_query(request, "cursor");
    if (!text.ptr || text.len == 0)
        return true;
    asked->cursor = malloc(sizeof *asked->cursor);
    if (!asked->cursor)
        return fail_result(failure, CARILLON_NO_MEMORY);
    return cursor_parse(asked->cursor, text) ? true : fail(failure, "the cursor is none of ours");
}

static struct carillon_str bearer_token(carillon_handle request)
{
    static const char scheme[] = "bearer ";
    struct carillon_str header = sse.host->http_header(request, "authorization");
    if (!header.ptr || strncasecmp(header.ptr, scheme, sizeof scheme - 1) != 0)
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ header.ptr + sizeof scheme - 1, header.len - (sizeof scheme - 1) };
}

static enum carillon_result seal(struct asked *asked, carillon_handle request, enum carillon_credential kind,
                                 struct carillon_str credential, struct carillon_failure *failure)
{
    struct carillon_str default_app = { 0 };
    return sse.host->sign_in_seal(sse.self, request, default_app, kind, credential, asked->sealed, failure);
}

/* A ticket in the URL was used up by the first connection: then the cursor tells who reconnects. A fresh one goes before
   the cursor, which may be another user's or too old. */
static bool take_sign_in(struct asked *asked, carillon_handle request, struct carillon_failure *failure)
{
    struct carillon_str token = bearer_token(request);
    if (token.ptr)
        return seal(asked, request, CARILLON_CREDENTIAL_TOKEN, token, failure) == CARILLON_OK;
    bool has_sealed = asked->cursor && asked->cursor->sealed.len > 0;
    struct carillon_str ticket = sse.host->http_query(request, "ticket");
    if (!ticket.ptr && !has_sealed)
        return fail_result(failure, CARILLON_UNAUTHORIZED);
    if (ticket.ptr && seal(asked, request, CARILLON_CREDENTIAL_TICKET, ticket, failure) == CARILLON_OK)
        return true;
    return has_sealed &&
           seal(asked, request, CARILLON_CREDENTIAL_SEALED, asked->cursor->sealed, failure) == CARILLON_OK;
}

/* The status is sent: from here on a failure is told in the stream. */
static void start(struct stream *stream)
{
    struct carillon_str default_app = { 0 };
    enum carillon_result result = sse.host->session_open(sse.self, stream->conn, default_app, &stream_session_ops,
                                                         sse.codec, stream, &stream->session);
    struct carillon_failure failure;
    if (result != CARILLON_OK) {
        fail_result(&failure, result);
        stream_refuse(stream, &failure);
        stream_free(stream);
        return;
    }
    keep_alive_add(stream);
    struct text text = { 0 };
    text_put_cstr(&text, "retry: ");
    text_put_int(&text, sse.host->option_int(sse.self, "retry"));
    text_put_cstr(&text, "\n\n");
    stream_send(stream, &text);
    result = sse.host->session_sign_in_sealed(stream->session, stream->sealed, 0);
    if (result != CARILLON_OK) {
        fail_result(&failure, result);
        stream_refuse(stream, &failure);
    }
}

static bool open_stream(struct asked *asked, carillon_handle request, struct carillon_failure *failure)
{
    if (!take_channels(asked, request, failure) || !take_cursor(asked, request, failure) ||
        !take_sign_in(asked, request, failure))
        return false;
    struct carillon_str sealed = { asked->sealed, strlen(asked->sealed) };
    struct stream *stream = stream_new(&asked->channels, sealed, asked->cursor);
    if (!stream)
        return fail_result(failure, CARILLON_NO_MEMORY);
    asked->cursor = NULL;
    if (sse.host->http_stream(request, 200, head, head_count, &stream->conn) == CARILLON_OK)
        start(stream);
    else
        stream_free(stream); /* the client is gone */
    return true;
}

void sse_open(const struct carillon_http_request *request, void *user)
{
    (void)user;
    if (strcmp(request->method.ptr, "HEAD") == 0) {
        sse.host->http_respond(request->handle, 200, head, head_count, (struct carillon_str){ 0 });
        return;
    }
    struct asked asked = { 0 };
    struct carillon_failure failure;
    if (!open_stream(&asked, request->handle, &failure))
        sse.host->http_respond_failure(request->handle, &failure);
    asked_free(&asked);
}
