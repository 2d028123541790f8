/*
 * Pusher Channels, protocol 7 (README.md), spoken to the daemon's own sessions and channels.
 *
 *   plugin.c      the plugin: options, what it registers
 *   codes.h       the codes of closes and error events
 *   admission.c   may this connection be? pure
 *   endpoint.c    WebSockets
 *   client.h      one client, whatever carries it
 */
#ifndef CARILLON_PUSHER_PUSHER_H
#define CARILLON_PUSHER_PUSHER_H

#include <carillon/plugin.h>

/* Set in init, read by all workers. */
struct pusher_plugin {
    const struct carillon_host *host;
    struct carillon_plugin_self *self;
    unsigned codec;
};
extern struct pusher_plugin pusher;

/* endpoint.c: registers the WebSocket endpoints below "" and below the prefix. */
enum carillon_result endpoints_add(const char *prefix);

#endif
