#include "client.h"
#include "admission.h"
#include "frames_out.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void client_send(struct client *client, struct text *frame)
{
    struct carillon_str bytes = text_str(frame);
    if (bytes.ptr)
        pusher.host->conn_send(client->conn, bytes);
    else
        pusher.host->log(pusher.self, CARILLON_LOG_ERROR, "no memory for a frame");
    text_free(frame);
}

void client_close(struct client *client, enum pusher_code code)
{
    const char *message = pusher_code_message(code);
    pusher.host->conn_close(client->conn, (unsigned)code, (struct carillon_str){ message, strlen(message) });
}

static void client_refuse(struct client *client, const struct admission *admission)
{
    if (admission->protocol && admission->protocol < PROTOCOL_SILENT) {
        struct text frame = { 0 };
        frame_put_error(&frame, admission->refused, pusher_code_message(admission->refused));
        client_send(client, &frame);
    }
    client_close(client, admission->refused);
}

/* Unguessable, and so that the session is found by it: a random number, a dot, the session's handle. */
static bool make_socket_id(struct client *client)
{
    uint64_t random;
    if (RAND_bytes((unsigned char *)&random, sizeof random) != 1)
        return false;
    snprintf(client->socket_id, sizeof client->socket_id, "%" PRIu64 ".%" PRIu64, random, client->session);
    return true;
}

static void client_admit(struct client *client)
{
    if (!make_socket_id(client)) {
        client_close(client, PUSHER_CODE_OVER_CAPACITY);
        return;
    }
    struct text frame = { 0 };
    frame_put_established(&frame, client->socket_id,
                          (uint64_t)pusher.host->option_int(pusher.self, "activity_timeout") / 1000);
    client_send(client, &frame);
}

struct client *client_new(carillon_handle conn, const struct carillon_http_request *request)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->conn = conn;
    struct carillon_str key = request->capture_count ? request->captures[0].value : (struct carillon_str){ 0 };
    const struct carillon_app *app = pusher.host->app_find(CARILLON_APP_BY_KEY, key);
    bool origin_allowed = app &&
                          pusher.host->app_allows_origin(app->name, pusher.host->http_header(request->handle, "origin"),
                                                         pusher.host->http_header(request->handle, "host"));
    struct admission admission = admission_judge(app, pusher.host->http_query(request->handle, "protocol"),
                                                 request->secure, origin_allowed);
    if (admission.refused != PUSHER_CODE_NONE) {
        client_refuse(client, &admission);
    } else {
        client->app = app;
        client_admit(client);
    }
    return client;
}

void client_free(struct client *client)
{
    free(client);
}
