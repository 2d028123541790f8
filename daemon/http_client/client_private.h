/* What the files of http_client/ share: a worker's client, its owners and requests. */
#ifndef CARILLON_HTTP_CLIENT_CLIENT_PRIVATE_H
#define CARILLON_HTTP_CLIENT_CLIENT_PRIVATE_H

#include "base/cidr.h"
#include "http_client/http_client.h"
#include "http_client/trust.h"
#include "loop/timer.h"
#include <curl/curl.h>
#include <sys/queue.h>

struct fetch {
    TAILQ_ENTRY(fetch) in_all, in_queue;
    struct client *client;
    struct owner *owner;
    uint64_t number; /* in the order of their calls */
    carillon_handle handle;
    carillon_fetch_done_fn done;
    void *arg;
    int64_t began_ms, total_ms;
    struct wheel_item expiry; /* while it waits */
    size_t weight;            /* of what it sends, in bytes */
    /* for libcurl, which copies no URL and no list */
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
    /* what may be reached */
    struct cidr *allow;
    size_t allow_count;
    /* what came */
    char *body;
    size_t body_len, body_room, body_max;
    size_t headers_len, headers_max;
    bool running, secure;
    bool needs_trust;     /* it may come to https */
    bool resolving;       /* a thread of libcurl's works on the host's name */
    bool address_refused; /* at least one of the host's */
    bool too_large, no_memory;
};

/* Somebody who asks, as long as anything of his is there. */
struct owner {
    TAILQ_ENTRY(owner) link;
    const void *key;
    TAILQ_HEAD(, fetch) queue;
    unsigned places, waiting;
};

/* One worker's. */
struct client {
    CURLM *multi;
    struct timer timer;   /* libcurl's */
    struct timer starter; /* requests are started from the loop alone, so that `done` is never called within a fetch */
    TAILQ_HEAD(, fetch) all;
    TAILQ_HEAD(, owner) owners; /* the next to be served first */
    TAILQ_HEAD(, socket) sockets;
    TAILQ_HEAD(, ghost) ghosts;
    unsigned places, waiting;
    size_t waiting_bytes;
    struct trust *trust; /* NULL: not asked for yet, or on its way */
    bool trust_asked;
    uint64_t last_number;
};

/* THE bounds, from the configuration; any thread reads them. X(NAME, default, max, "help") */
#define HTTP_CLIENT_BOUNDS(X)                                                                                          \
    X(in_flight, 64, 4096, "Requests under way at once, a worker.")                                                    \
    X(in_flight_owner, 32, 4096, "The same of one plugin or script.")                                                  \
    X(waiting, 1024, 1000000, "Requests that may wait for a place, a worker; beyond it they are refused as busy.")     \
    X(waiting_owner, 512, 1000000, "The same of one plugin or script.")

#define HTTP_CLIENT_X(name, value, max, help) unsigned http_client_bound_##name(void);
HTTP_CLIENT_BOUNDS(HTTP_CLIENT_X)
#undef HTTP_CLIENT_X

/* client.c: this worker's; NULL before its first fetch. */
struct client *client_self(void);

/* wish.c: may it be asked so? */
enum carillon_result wish_check(const struct carillon_fetch *wish);

/* fetch.c: makes an easy handle of what is asked; on failure there is nothing to free. */
enum carillon_result fetch_new(struct client *client, const struct carillon_fetch *wish, struct fetch **fetch);
void fetch_free(struct fetch *fetch);

/* queue.c: places and turns. */
enum carillon_result queue_admit(struct client *client, const void *owner, struct fetch *fetch);
void queue_leave(struct fetch *fetch); /* it waits no more */
void queue_run_soon(struct client *client);
void queue_ask_trust(struct client *client);
void queue_run(struct timer *starter);
/* used: it had a place */
void place_release(struct client *client, struct owner *owner, bool used);
/* A place is kept by a resolver's thread that nobody waits for. */
void place_haunt(struct client *client, struct owner *owner);
void ghosts_free(struct client *client);

/* multi.c: libcurl on the worker's loop. */
enum carillon_result multi_open(struct client *client);
void multi_close(struct client *client);
enum carillon_result multi_start(struct fetch *fetch);
void multi_stop(struct fetch *fetch);
/*
 * libcurl has a new socket, maybe with the number of one that it has closed and still believes to be watched. False if
 * it cannot be watched.
 */
bool multi_renew_socket(struct client *client, curl_socket_t number);

/* finish.c: the end of a fetch, by whatever; it is freed. */
void fetch_finish(struct fetch *fetch, CURLcode code);
void fetch_finish_as(struct fetch *fetch, enum carillon_fetch_outcome outcome, const char *detail);
void fetch_drop(struct fetch *fetch); /* without telling */

#endif
