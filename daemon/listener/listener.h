/*
 * The listener: accepts, speaks TLS, HTTP and WebSocket through libwebsockets, and writes out what is queued.
 *
 * The only folder that knows libwebsockets. Each worker has one context; sockets are accepted by us and adopted. Routes and
 * endpoints are the plugin ABI's structs (carillon/transport.h), also for the daemon's own HTTP API.
 */
#ifndef CARILLON_LISTENER_LISTENER_H
#define CARILLON_LISTENER_LISTENER_H

#include "config/config.h"
#include <carillon/transport.h>

/*
 * Main thread. listener_open binds all of `listen`, loads certificates, makes a context a worker (workers_create came
 * before); problems are logged and give UNAVAILABLE. Nothing is accepted until listener_start, which is after
 * workers_start. listener_drain stops accepting. listener_close destroys the contexts; workers are joined by then.
 */
enum carillon_result listener_open(const struct config *config);
void listener_start(void);
void listener_drain(void);
void listener_close(void);
/* On each worker as it stops (the on_stop of workers_start), before the sessions are freed: closes its connections. */
void listener_stop_worker(void);
/* As a worker stops: gives back what its thread kept. */
void listener_free_worker(void);
/* SIGHUP: certificates, limits, trusted proxies, allowed hosts are read again. Places to listen on wait for the next start,
   which is logged. If something makes no sense, or a certificate cannot be used, all of it stays as it was. */
enum carillon_result listener_reload(const struct config *config);

/* The addresses that are bound, as "127.0.0.1:43121", "[::1]:8080" or "unix:/path"; after listener_open. */
size_t listener_count_addresses(void);
const char *listener_address(size_t i);
/* Connections held just now, all workers. */
size_t listener_count_connections(void);

/*
 * Routes and endpoints, on the main thread, before listener_start or while the daemon runs (a plugin that is loaded
 * later). They keep the pointer: the struct lives until it is removed. EXISTS when method and pattern are taken. When a
 * removal returns, no worker will call it again, but its open connections have been closed only once they say so.
 */
enum carillon_result listener_add_route(const struct carillon_http_route *route);
enum carillon_result listener_remove_route(const struct carillon_http_route *route);
enum carillon_result listener_add_endpoint(const struct carillon_ws_endpoint *endpoint);
enum carillon_result listener_remove_endpoint(const struct carillon_ws_endpoint *endpoint);

#endif
