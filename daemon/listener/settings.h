/*
 * What the listener reads from the configuration, as plain values. Immutable once published; see settings_now.
 */
#ifndef CARILLON_LISTENER_SETTINGS_H
#define CARILLON_LISTENER_SETTINGS_H

#include "config/config.h"
#include "base/cidr.h"

struct string_list {
    char **items;
    size_t count;
};

enum { LISTEN_MAX = 64 };

/* One place where clients connect. */
struct listen_place {
    char *address;           /* "127.0.0.1:8080", "[::1]:8080", "*:8080", "unix:/path" */
    unsigned mode;           /* of a Unix socket */
    bool proxy;              /* only proxies connect here, which are believed */
    char *certificate, *key; /* PEM files; with both TLS is spoken */
};

struct settings {
    /* taken at the start only, but for certificates, keys and `proxy`; see settings_keep */
    struct listen_place *places;
    size_t place_count;
    size_t headers_max; /* bytes of a request's headers */
    /* also at a reload */
    struct cidr *proxies;
    size_t proxy_count;
    struct string_list allowed_hosts; /* "*" all */
    size_t connections_max, connections_per_address;
    size_t descriptors_spare;                      /* left for files and databases */
    size_t frame_max;                              /* bytes of one WebSocket message */
    size_t body_max;                               /* bytes of a request's body */
    size_t queue_session;                          /* bytes one connection may have waiting */
    size_t queue_total;                            /* bytes of all waiting data */
    int send_buffer;                               /* SO_SNDBUF of a connection that comes; 0: the system's */
    unsigned first_byte_s, request_s, keepalive_s; /* request_s: to come in whole, and to be answered */
};

/* NULL, with the reason logged, if something does not make sense. */
struct settings *settings_read(const struct config *config);
/* With the options' defaults and nothing to listen on. */
struct settings *settings_new(void);
/* Adds a place; NULL when memory is short or there are too many. */
struct listen_place *settings_add_place(struct settings *settings, struct carillon_str address);
static inline bool place_has_tls(const struct listen_place *place)
{
    return place->certificate && place->key;
}
void settings_free(struct settings *settings);
/*
 * At a reload: what is settled at the start stays as it was. A place that is named as before has its certificate, key and
 * `proxy` taken over; what must wait for the next start is logged, place by place.
 */
enum carillon_result settings_keep(struct settings *settings, const struct settings *former);
bool string_list_add(struct string_list *list, struct carillon_str text);

/* The ones in force. Any thread; a worker may keep the pointer until it returns to its loop. */
const struct settings *settings_now(void);
/* Main thread. Frees the former when no worker looks at it any more. NULL: only that. */
void settings_publish(struct settings *settings);

/* listener_open and listener_reload without a configuration, for tests and benchmarks; they take the settings over. */
enum carillon_result listener_open_with(struct settings *settings);
enum carillon_result listener_reload_with(struct settings *settings);

#endif
