/*
 * What the listener reads from the configuration, as plain values. Immutable once published; see settings_now.
 */
#ifndef CARILLON_LISTENER_SETTINGS_H
#define CARILLON_LISTENER_SETTINGS_H

#include "config/config.h"
#include "listener/cidr.h"

struct string_list {
    char **items;
    size_t count;
};

struct settings {
    /* read at the start only */
    struct string_list listen; /* "127.0.0.1:8080", "[::1]:8080", "unix:/path" */
    bool tls;
    unsigned socket_mode;   /* of Unix sockets */
    char *lock_dir;         /* lock files of TCP addresses; NULL: none */
    size_t headers_max;     /* bytes of a request's headers */
    /* also at a reload */
    char *certificate, *key; /* PEM files */
    struct cidr *proxies;
    size_t proxy_count;
    bool trust_unix;        /* peers on Unix sockets are proxies */
    struct string_list allowed_hosts; /* "*" all */
    size_t connections_max, connections_per_address;
    size_t descriptors_spare; /* left for files and databases */
    size_t queue_session;     /* bytes one connection may have waiting */
    size_t queue_total;       /* bytes of all waiting data */
    int send_buffer;          /* SO_SNDBUF; 0: the system's */
    unsigned first_byte_s, body_s, request_s, keepalive_s;
};

/* NULL, with the reason logged, if something does not make sense. */
struct settings *settings_read(const struct config *config);
/* With the defaults of the options and nothing to listen on. */
struct settings *settings_new(void);
void settings_free(struct settings *settings);
bool string_list_add(struct string_list *list, struct carillon_str text);

/* The ones in force. Any thread; a worker may keep the pointer until it returns to its loop. */
const struct settings *settings_now(void);
/* Main thread. Frees the former when no worker looks at it any more. NULL: only that. */
void settings_publish(struct settings *settings);

#endif
