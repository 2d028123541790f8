/*
 * A WebSocket client: its connection, its session and the requests that wait for the host's answer.
 *
 *   websocket.c  the plugin, its endpoint, the connection's life
 *   requests.c   a request to the host
 *   answers.c    the host's answers and what it tells unasked, to the client
 *
 * All of it on the connection's worker.
 */
#ifndef CARILLON_WEBSOCKET_CLIENT_H
#define CARILLON_WEBSOCKET_CLIENT_H

#include "codec.h"
#include "frames.h"
#include <carillon/plugin.h>

enum { CLIENT_PENDING_MAX = 256, CLIENT_MALFORMED_MAX = 10, CLIENT_MALFORMED_MS = 10000 };

enum close_code { CLOSE_BINARY = 1003, CLOSE_MALFORMED = 4400 };

/* A request the host has not answered yet; its address is the cookie. */
struct pending {
    struct pending *next, **link;
    enum request_type type;
    struct carillon_str id; /* as JSON; absent: the answer carries none */
    struct carillon_str channel;
    char strings[];
};

struct client {
    carillon_handle conn, session;
    struct pending *pending;
    unsigned pending_count, malformed_count;
    int64_t *malformed; /* when the last ten malformed frames came; NULL before the first */
    bool signed_in, closing;
};

/* Set in init, read by all workers. */
struct websocket_plugin {
    const struct carillon_host *host;
    struct carillon_plugin_self *self;
    unsigned codec;
};
extern struct websocket_plugin websocket;
extern const struct carillon_session_ops client_session_ops;

/* Sends what was written and frees it. */
void client_send(struct client *client, struct text *frame);
void client_send_error(struct client *client, struct carillon_str id, const struct carillon_failure *failure);
/* Tells why, then closes; what still comes from the client is ignored. */
void client_close(struct client *client, enum close_code code, const struct carillon_failure *why);

/* NULL: too many wait already, or memory is short. */
struct pending *pending_add(struct client *client, const struct request *request);
void pending_remove(struct client *client, struct pending *pending);

void client_run_request(struct client *client, const struct request *request);

#endif
