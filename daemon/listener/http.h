/*
 * Answering HTTP requests. On the worker that owns the request's handle; a stale handle is CARILLON_STALE and harms nothing.
 */
#ifndef CARILLON_LISTENER_HTTP_H
#define CARILLON_LISTENER_HTTP_H

#include <carillon/transport.h>

/* A header of the request by its name in lower case; of several the values joined by ", ". Absent if missing. */
struct carillon_str http_header(carillon_handle request, const char *name);
/* A decoded parameter of the query (form encoding); the first of that name. */
struct carillon_str http_query(carillon_handle request, const char *name);
/* What is asked for is this app's: from now on only pages that may use it are told that they may read the answer. False:
   the request is of another page, and is to be refused with origin_refused. */
struct app;
bool http_belongs_to(carillon_handle request, const struct app *app);
/* Copies what it is given. Date, Content-Length, security headers and CORS are added. status 204 and 304 take no body.
   A request that nobody answers within limits.request is answered 504. */
enum carillon_result http_respond(carillon_handle request, unsigned status, const struct carillon_http_param *headers,
                                  size_t header_count, struct carillon_str body);
/* False: the client has gone, or an answer was given. */
bool http_is_awaited(carillon_handle request);
/* application/problem+json, see base/error.h. */
enum carillon_result http_respond_failure(carillon_handle request, const struct carillon_failure *failure);
/* The answer comes within ms instead of limits.request; gone is called if the client leaves before it. */
enum carillon_result http_wait(carillon_handle request, int64_t ms, void (*gone)(void *arg), void *arg);
/* The head now, the rest through conn_queue; *conn is the connection's handle. The request's handle is stale after it. */
enum carillon_result http_stream(carillon_handle request, unsigned status, const struct carillon_http_param *headers,
                                 size_t header_count, carillon_handle *conn);

#endif
