#include "client.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATTERN_MAX = 300, MESSAGE_MAX = 128 * 1024 };

static void *open_client(carillon_handle conn, const struct carillon_http_request *request, void *user)
{
    (void)user;
    return client_new(conn, request);
}

static void take_message(carillon_handle conn, void *state, const char *data, size_t len, bool binary)
{
    (void)conn, (void)state, (void)data, (void)len, (void)binary;
}

static void closed(carillon_handle conn, void *state, unsigned code)
{
    (void)conn, (void)code;
    client_free(state);
}

static struct carillon_ws_endpoint endpoints[] = {
    { .size = sizeof endpoints[0],
      .message_max = MESSAGE_MAX,
      .open = open_client,
      .message = take_message,
      .closed = closed,
      .judges_origin = true },
    { .size = sizeof endpoints[0],
      .message_max = MESSAGE_MAX,
      .open = open_client,
      .message = take_message,
      .closed = closed,
      .judges_origin = true },
};
static char prefixed[PATTERN_MAX];

enum carillon_result endpoints_add(const char *prefix)
{
    endpoints[0].pattern = "/app/{key}";
    endpoints[1].pattern = prefixed;
    snprintf(prefixed, sizeof prefixed, "%s/app/{key}", prefix);
    enum carillon_result result = pusher.host->ws_endpoint_add(pusher.self, &endpoints[0]);
    if (result == CARILLON_OK && prefix[0])
        result = pusher.host->ws_endpoint_add(pusher.self, &endpoints[1]);
    return result;
}
