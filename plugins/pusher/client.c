#include "client.h"
#include "fallback_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MALFORMED_MAX = 10, MESSAGE_ROOM = 320 };

/* ---- what it is told ---- */

static void make_line(struct text *frame)
{
    struct text line = { 0 };
    if (frame->failed)
        return;
    line_put_frame(&line, text_str(frame));
    text_free(frame);
    *frame = line;
}

void client_send(struct client *client, struct text *frame)
{
    if (client->lines)
        make_line(frame);
    struct carillon_str bytes = text_str(frame);
    if (bytes.ptr)
        pusher.host->conn_send(client->conn, bytes);
    else
        pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "no memory for a frame");
    text_free(frame);
}

/* Lines hold the whole message once more as a string: no piece of it can be shared. */
static void send_parts_as_line(struct client *client, const struct carillon_part *parts, size_t n)
{
    size_t len = pusher.host->parts_copy(pusher.codec, parts, n, NULL);
    char *bytes = len ? malloc(len) : NULL;
    struct text frame = { .failed = !bytes };
    if (bytes)
        text_put(&frame, bytes, pusher.host->parts_copy(pusher.codec, parts, n, bytes));
    free(bytes);
    client_send(client, &frame);
}

void client_send_parts(struct client *client, const struct carillon_part *parts, size_t n)
{
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        whole = whole && (parts[i].roster || parts[i].text.ptr);
    if (whole && client->lines)
        send_parts_as_line(client, parts, n);
    else if (!whole || pusher.host->conn_send_parts(client->conn, pusher.codec, parts, n) == CARILLON_NO_MEMORY)
        pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "no memory for a frame");
}

void client_tell_error(struct client *client, unsigned code, const char *format, ...)
{
    char message[MESSAGE_ROOM];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct text frame = { 0 };
    frame_put_error(&frame, code, message);
    client_send(client, &frame);
}

bool client_is_old(const struct client *client)
{
    return client->protocol && client->protocol < PROTOCOL_SILENT;
}

void client_close(struct client *client, enum pusher_code code)
{
    const char *message = pusher_code_message(code);
    client->closing = true;
    if (client_is_old(client))
        client_tell_error(client, code, "%s", message);
    pusher.host->conn_close(client->conn, (unsigned)code, (struct carillon_str){ message, strlen(message) });
}

/* ---- admission ---- */

static enum pusher_code client_open(struct client *client, unsigned codec)
{
    const struct carillon_host *host = pusher.host;
    if (!quota_take(client->app, &client->quota))
        return PUSHER_CODE_OVER_QUOTA;
    enum carillon_result result = host->session_open(pusher.self, client->conn, client->app->name, &client_session_ops,
                                                     codec, client, &client->session);
    return result == CARILLON_OK ? PUSHER_CODE_NONE : PUSHER_CODE_OVER_CAPACITY;
}

struct carillon_str client_socket_id(const struct client *client, char out[SOCKET_ID_SIZE])
{
    socket_id_put(client->session, client->socket_number, out);
    return (struct carillon_str){ out, strlen(out) };
}

void client_greet(struct client *client)
{
    struct text frame = { 0 };
    struct carillon_str nothing = { 0 };
    char socket_id[SOCKET_ID_SIZE];
    if (pusher.host->session_vouch(client->session, NULL, nothing) != CARILLON_OK ||
        !socket_id_draw(client->session, &client->socket_number)) {
        client_close(client, PUSHER_CODE_OVER_CAPACITY);
        return;
    }
    client->greeted = true;
    frame_put_established(&frame, client_socket_id(client, socket_id).ptr,
                          (uint64_t)(pusher.host->option_int(pusher.self, "activity_timeout") + 999) / 1000);
    client_send(client, &frame);
    activity_add(client);
}

struct arrival client_judge(const struct carillon_http_request *request)
{
    const struct carillon_host *host = pusher.host;
    struct carillon_str key = request->capture_count ? request->captures[0].value : (struct carillon_str){ 0 };
    struct arrival arrival = { .app = host->app_find(CARILLON_APP_BY_KEY, key) };
    arrival.origin_allowed = arrival.app &&
                             host->app_allows_origin(arrival.app->name, host->http_header(request->handle, "origin"),
                                                     host->http_header(request->handle, "host"));
    arrival.admission = admission_judge(arrival.app, host->http_query(request->handle, "protocol"), request->secure,
                                        arrival.origin_allowed);
    return arrival;
}

struct client *client_new(carillon_handle conn, const struct arrival *arrival, unsigned codec)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    struct admission admission = arrival->admission;
    client->conn = conn;
    client->lines = codec == pusher.fallback_codec;
    client->protocol = (uint8_t)(admission.protocol < UINT8_MAX ? admission.protocol : 0);
    if (admission.refused == PUSHER_CODE_NONE) {
        client->app = arrival->app;
        admission.refused = client_open(client, codec);
    }
    if (admission.refused != PUSHER_CODE_NONE)
        client_close(client, admission.refused);
    return client;
}

void client_free(struct client *client)
{
    activity_remove(client);
    while (client->pending)
        pending_remove(client, client->pending);
    quota_give_back(client->quota);
    free(client->watching);
    free(client->user_copy);
    free(client);
}

/* ---- what it says ---- */

static void refuse_unsupported(struct client *client, const struct frame_in *frame)
{
    client_tell_error(client, 0, "Unsupported event received on socket: %.200s", frame->event.ptr);
}

/* One that sends nothing but nonsense is not one of ours. */
static void refuse_malformed(struct client *client, const struct frame_in *frame)
{
    client_tell_error(client, 0, "%s", frame->problem);
    if (++client->malformed >= MALFORMED_MAX)
        client_close(client, PUSHER_CODE_UNAUTHORISED);
}

static void answer_ping(struct client *client)
{
    struct text frame = { 0 };
    frame_put_pong(&frame);
    client_send(client, &frame);
}

static void dispatch(struct client *client, const struct frame_in *frame)
{
    switch (frame->kind) {
    case FRAME_SUBSCRIBE:
        client_subscribe(client, frame);
        break;
    case FRAME_UNSUBSCRIBE:
        client_unsubscribe(client, frame);
        break;
    case FRAME_SIGNIN:
        client_sign_in(client, frame);
        break;
    case FRAME_PING:
        answer_ping(client);
        break;
    case FRAME_PONG:
        break;
    case FRAME_CLIENT_EVENT:
        client_send_event(client, frame);
        break;
    case FRAME_MALFORMED:
        refuse_malformed(client, frame);
        return;
    case FRAME_UNSUPPORTED:
    case FRAME_KIND_COUNT:
        refuse_unsupported(client, frame);
        break;
    }
    client->malformed = 0;
}

void client_take(struct client *client, const char *json, size_t len)
{
    struct frame_in frame;
    if (!client->app || client->closing)
        return;
    if (!client->greeted) {
        client_tell_error(client, 0, "Wait for pusher:connection_established");
        return;
    }
    frame_in_parse(&frame, json, len);
    activity_note(client, frame.kind == FRAME_PING || frame.kind == FRAME_PONG);
    dispatch(client, &frame);
    frame_in_free(&frame);
}
