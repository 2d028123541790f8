/*
 * One Pusher client, whatever carries it: its connection, its session, what waits for an answer. On its worker.
 */
#ifndef CARILLON_PUSHER_CLIENT_H
#define CARILLON_PUSHER_CLIENT_H

#include "codes.h"
#include "pusher.h"
#include "text.h"

enum { SOCKET_ID_SIZE = 48 };

struct client {
    const struct carillon_app *app; /* NULL: refused, and about to be closed */
    carillon_handle conn, session;
    char socket_id[SOCKET_ID_SIZE];
};

/* A connection was made with this key: admits or refuses it. NULL when memory is short. */
struct client *client_new(carillon_handle conn, const struct carillon_http_request *request);
void client_free(struct client *client);

/* Sends what was written and frees it. */
void client_send(struct client *client, struct text *frame);
void client_close(struct client *client, enum pusher_code code);

#endif
