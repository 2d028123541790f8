#include "client.h"

#include <stdio.h>
#include <string.h>

enum { PATTERN_MAX = 300, MESSAGE_MAX = 128 * 1024, ENDPOINT_COUNT = 4 };

static void *open_client(carillon_handle conn, const struct carillon_http_request *request, void *user)
{
    (void)user;
    const struct arrival arrival = client_judge(request);
    return client_new(conn, &arrival, pusher.codec);
}

static void take_message(carillon_handle conn, void *state, const char *data, size_t len, bool binary)
{
    (void)conn;
    if (!binary)
        client_take(state, data, len);
}

static void client_closed(carillon_handle conn, void *state, unsigned code)
{
    (void)conn, (void)code;
    client_free(state);
}

/* A path that is none of ours is upgraded, too, since only a close frame reaches the client's code. */
static void *open_nowhere(carillon_handle conn, const struct carillon_http_request *request, void *user)
{
    static char nothing;
    (void)request, (void)user;
    const char *message = pusher_code_message(PUSHER_CODE_PATH_NOT_FOUND);
    pusher.host->conn_close(conn, PUSHER_CODE_PATH_NOT_FOUND, (struct carillon_str){ message, strlen(message) });
    return &nothing;
}

static void drop_message(carillon_handle conn, void *state, const char *data, size_t len, bool binary)
{
    (void)conn, (void)state, (void)data, (void)len, (void)binary;
}

static void nowhere_closed(carillon_handle conn, void *state, unsigned code)
{
    (void)conn, (void)state, (void)code;
}

static const struct carillon_ws_endpoint served = { .size = sizeof served,
                                                    .message_max = MESSAGE_MAX,
                                                    .open = open_client,
                                                    .message = take_message,
                                                    .closed = client_closed,
                                                    .judges_origin = true };
static const struct carillon_ws_endpoint nowhere = { .size = sizeof nowhere,
                                                     .message_max = MESSAGE_MAX,
                                                     .open = open_nowhere,
                                                     .message = drop_message,
                                                     .closed = nowhere_closed,
                                                     .judges_origin = true };

static struct carillon_ws_endpoint endpoints[ENDPOINT_COUNT];
static char patterns[ENDPOINT_COUNT][PATTERN_MAX];

static enum carillon_result add(size_t i, const struct carillon_ws_endpoint *what, const char *prefix, const char *path)
{
    snprintf(patterns[i], sizeof patterns[i], "%s%s", prefix, path);
    endpoints[i] = *what;
    endpoints[i].pattern = patterns[i];
    return pusher.host->ws_endpoint_add(pusher.self, &endpoints[i]);
}

enum carillon_result endpoints_add(const char *prefix)
{
    enum carillon_result result = add(0, &served, "", "/app/{key}");
    if (result == CARILLON_OK)
        result = add(1, &nowhere, "", "/app");
    if (result == CARILLON_OK && prefix[0])
        result = add(2, &served, prefix, "/app/{key}");
    if (result == CARILLON_OK && prefix[0])
        result = add(3, &nowhere, prefix, "/app");
    return result;
}
