#include "client.h"

#include <stdlib.h>
#include <string.h>

struct websocket_plugin websocket;

void client_send(struct client *client, struct text *frame)
{
    struct carillon_str bytes = text_str(frame);
    if (bytes.ptr)
        websocket.host->conn_send(client->conn, bytes);
    else
        websocket.host->log(websocket.self, CARILLON_LOG_ERROR, "no memory for an answer");
    text_free(frame);
}

void client_send_error(struct client *client, struct carillon_str id, const struct carillon_failure *failure)
{
    struct text frame = { 0 };
    frame_put_error(&frame, id, failure);
    client_send(client, &frame);
}

void client_close(struct client *client, enum close_code code, const struct carillon_failure *why)
{
    client->closing = true;
    struct text frame = { 0 };
    frame_put_closing(&frame, why, 0);
    client_send(client, &frame);
    websocket.host->conn_close(client->conn, code, why->detail);
}

static void *client_open(carillon_handle conn, const struct carillon_http_request *request, void *user)
{
    (void)request;
    (void)user;
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->conn = conn;
    struct carillon_str default_app = { 0 };
    enum carillon_result result = websocket.host->session_open(websocket.self, conn, default_app, &client_session_ops,
                                                               websocket.codec, client, &client->session);
    if (result != CARILLON_OK) {
        free(client);
        return NULL;
    }
    return client;
}

/* Is this the tenth malformed frame within ten seconds? */
static bool client_count_malformed(struct client *client)
{
    if (!client->malformed)
        client->malformed = calloc(CLIENT_MALFORMED_MAX, sizeof *client->malformed);
    if (!client->malformed)
        return true;
    int64_t now = websocket.host->monotonic_ms();
    client->malformed[client->malformed_count++ % CLIENT_MALFORMED_MAX] = now;
    int64_t oldest = client->malformed[client->malformed_count % CLIENT_MALFORMED_MAX];
    return client->malformed_count >= CLIENT_MALFORMED_MAX && now - oldest < CLIENT_MALFORMED_MS;
}

static void client_take(struct client *client, const char *data, size_t len)
{
    struct request request;
    if (request_parse(&request, data, len, websocket.host->json_depth_max())) {
        client_run_request(client, &request);
    } else {
        client_send_error(client, request.id, &request.failure);
        if (client_count_malformed(client)) {
            const struct carillon_failure why = { "too_many_errors", 400, CARILLON_STR("too many malformed requests"),
                                                  false };
            client_close(client, CLOSE_MALFORMED, &why);
        }
    }
    request_free(&request);
}

static void client_message(carillon_handle conn, void *state, const char *data, size_t len, bool binary)
{
    (void)conn;
    struct client *client = state;
    if (client->closing)
        return;
    if (!binary) {
        client_take(client, data, len);
        return;
    }
    const struct carillon_failure why = { "binary_frame", 400, CARILLON_STR("binary frames are not accepted"), false };
    client_close(client, CLOSE_BINARY, &why);
}

static void client_closed(carillon_handle conn, void *state, unsigned code)
{
    (void)conn;
    (void)code;
    struct client *client = state;
    while (client->pending)
        pending_remove(client, client->pending);
    free(client->malformed);
    free(client);
}

static enum carillon_result encode_event(const struct carillon_event *event, struct carillon_encode *out)
{
    size_t size = frame_event_size(event);
    void *bytes = websocket.host->encode_alloc(out, size);
    if (!bytes)
        return CARILLON_NO_MEMORY;
    struct text text = text_in(bytes, size);
    frame_put_event(&text, event);
    websocket.host->encode_done(out, text.len);
    return CARILLON_OK;
}

static const struct carillon_codec codec = {
    .size = sizeof codec,
    .name = "websocket",
    .framing = CARILLON_FRAMING_WS_TEXT,
    .encode = encode_event,
};

static struct carillon_ws_endpoint endpoint = {
    .size = sizeof endpoint,
    .subprotocol = "carillon.v1",
    .open = client_open,
    .message = client_message,
    .closed = client_closed,
};

static const struct carillon_option options[] = {
    { .name = "path",
      .type = CARILLON_OPTION_STRING,
      .min = 1,
      .max = 256,
      .default_value = "\"/ws\"",
      .help = "Where the WebSocket endpoint is",
      .flags = CARILLON_OPTION_RESTART },
};

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error; /* what fails here is told by the host, which knows the names that clash */
    websocket.host = host;
    websocket.self = self;
    endpoint.pattern = host->option_str(self, "path").ptr;
    enum carillon_result result = host->codec_add(self, &codec, &websocket.codec);
    return result == CARILLON_OK ? host->ws_endpoint_add(self, &endpoint) : result;
}

CARILLON_PLUGIN("websocket", "0.1.0", .options = options, .option_count = sizeof options / sizeof options[0],
                .init = init);
