/*
 * Pusher Channels, protocol 7 (README.md), spoken to the daemon's own sessions and channels.
 *
 *   plugin.c      the plugin: options, what it registers
 *   codes.h       the codes of closes and error events
 *   admission.c   may this connection be? pure
 *   endpoint.c    WebSockets
 *   fallback.h    HTTP requests in place of WebSockets
 *   client.h      one client, whatever carries it
 *   frames_in.h   what clients send, frames_out.h what they are told; both pure
 *   api.h         the HTTP API that servers sign
 *   page_auth.c   signatures for pages of the daemon's own users
 *   outgoing.h    webhooks, and relays to other services
 *   codec.c       events for all subscribers, encoded once
 */
#ifndef CARILLON_PUSHER_PUSHER_H
#define CARILLON_PUSHER_PUSHER_H

#include <carillon/plugin.h>

/* Set in init, read by all workers. */
struct pusher_plugin {
    const struct carillon_host *host;
    struct carillon_plugin_self *self;
    unsigned codec, fallback_codec;
};
extern struct pusher_plugin pusher;

/* codec.c */
enum carillon_result codecs_add(void);
/* endpoint.c: registers the WebSocket endpoints below "" and below the prefix. */
enum carillon_result endpoints_add(const char *prefix);

/* page_auth.c: registers /pusher/auth and /pusher/user-auth. */
enum carillon_result page_auth_add(void);

#endif
