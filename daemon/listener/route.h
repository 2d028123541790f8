/*
 * The table of routes and WebSocket endpoints: which of them a path belongs to. Pure; a table does not change once built.
 */
#ifndef CARILLON_LISTENER_ROUTE_H
#define CARILLON_LISTENER_ROUTE_H

#include <carillon/transport.h>

enum { ROUTE_SEGMENTS_MAX = 16, ROUTE_METHODS_MAX = 128 };

struct route_table;

/* A copy of `base` (NULL: empty) with one more or one less. NULL with *result EXISTS, NOT_FOUND, INVALID, NO_MEMORY. */
struct route_table *route_table_add(const struct route_table *base, const struct carillon_http_route *route,
                                    enum carillon_result *result);
struct route_table *route_table_remove(const struct route_table *base, const struct carillon_http_route *route,
                                       enum carillon_result *result);
struct route_table *route_table_add_endpoint(const struct route_table *base,
                                             const struct carillon_ws_endpoint *endpoint, enum carillon_result *result);
struct route_table *route_table_remove_endpoint(const struct route_table *base,
                                                const struct carillon_ws_endpoint *endpoint,
                                                enum carillon_result *result);
void route_table_free(struct route_table *table);

struct route_match {
    const struct carillon_http_route *route;     /* NULL: no such path, or not this method */
    const struct carillon_ws_endpoint *endpoint; /* serves the path, whatever the method */
    char methods[ROUTE_METHODS_MAX];             /* "GET, HEAD, POST": what the path knows; empty: no such path */
    struct carillon_http_param captures[ROUTE_SEGMENTS_MAX]; /* values point into the path */
    size_t capture_count;
};

/* Literal segments win over captures, captures over a rest. HEAD finds GET's route. */
void route_find(const struct route_table *table, struct carillon_str method, struct carillon_str path,
                struct route_match *match);

#endif
