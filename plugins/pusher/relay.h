/*
 * Relays: what is published on chosen channels is triggered at another service, too; and what its clients say to each other
 * comes back by its webhooks (relay_input.c).
 *
 * Nothing goes in circles: what came from another service is published as foreign, and is not relayed.
 */
#ifndef CARILLON_PUSHER_RELAY_H
#define CARILLON_PUSHER_RELAY_H

#include "outbox.h"

/* A request of the HTTP API that carries this header is a relay's: what it triggers is foreign. */
#define RELAY_HEADER "X-Carillon-Relay"
#define RELAY_HEADER_LOWER "x-carillon-relay"

extern struct outbox_kind relay_kind;

/* As webhook_wanted. */
unsigned relay_wanted(const struct carillon_app *app);
/* On the channel's home. */
void relay_happened(const struct carillon_app *app, const struct carillon_happening *what);
/* Is the channel one of the relay's? */
bool relay_has_channel(const struct carillon_relay *relay, struct carillon_str channel);

/* relay_input.c: registers the routes below "" and below the prefix. Main thread. */
enum carillon_result relay_input_add(const char *prefix);

#endif
