/*
 * The HTTP client: how the daemon asks other servers (webhooks, relays, scripts) without ever waiting for them.
 *
 * One libcurl multi handle a worker, on the worker's own loop: its sockets and timers are loop/'s, names are resolved in
 * libcurl's threads. What to ask and what comes back is <carillon/fetch.h>; plugins reach this through the host table.
 *
 * Bounds, a worker (section `http_client` of the configuration): so many requests under way, in all and for one owner, and
 * so many waiting for a place; more are refused as busy. Owners take turns. A request that ends while its name is still
 * being resolved keeps its place until the resolver must have given up, so that threads are bounded too.
 *
 * An owner is whoever may ask by itself: any address that stays the same, such as a plugin's record or a script's.
 */
#ifndef CARILLON_HTTP_CLIENT_HTTP_CLIENT_H
#define CARILLON_HTTP_CLIENT_HTTP_CLIENT_H

#include "config/config.h"
#include <carillon/fetch.h>

/* Main thread, before the first configuration is loaded; before the workers start; at each reload; after they ended. */
enum carillon_result http_client_declare_options(void);
enum carillon_result http_client_open(const struct config *config);
void http_client_configure(const struct config *config);
void http_client_close(void);

/*
 * On a worker; `done` comes on the same one, unless it is cancelled. *handle (may be NULL) is for http_client_cancel.
 * INVALID: an URL that is not http or https or holds a user, or a header or method that may not be set; TOO_LARGE: what is
 * sent; BUSY: too much is waiting; UNAVAILABLE: the worker ends.
 */
enum carillon_result http_client_fetch(const void *owner, const struct carillon_fetch *wish,
                                       carillon_fetch_done_fn done, void *arg, carillon_handle *handle);
/* Without a further call to `done`. */
enum carillon_result http_client_cancel(carillon_handle handle);
/* Ends what the owner has on this worker, each with CANCELLED. */
void http_client_cancel_all(const void *owner);
/* As the worker stops: ends everything with CANCELLED and admits nothing more. */
void http_client_end_worker(void);

/* Over all workers, for the metrics; any thread. */
size_t http_client_count_running(void);
size_t http_client_count_waiting(void);

#endif
