/*
 * One Pusher client, whatever carries it: its connection, its session, what waits for an answer. On its worker.
 *
 *   client.c        its life, and each frame to whom it concerns
 *   subscribe.c     subscribing and unsubscribing
 *   sign_in.c       users and watchlists
 *   client_event.c  events from client to client
 *   answers.c       what the host answers, and tells unasked
 *   activity.c      pings, and those who give no sign of life
 */
#ifndef CARILLON_PUSHER_CLIENT_H
#define CARILLON_PUSHER_CLIENT_H

#include "admission.h"
#include "channel_name.h"
#include "codes.h"
#include "frames_in.h"
#include "frames_out.h"
#include "pusher.h"
#include "socket_id.h"

enum { CLIENT_PENDING_MAX = 256 };

/* A subscription that the host has not answered yet; its address is the cookie. */
struct pending {
    struct pending *next, **link;
    bool cancelled; /* unsubscribed meanwhile */
    bool presence;
    struct carillon_str channel; /* as the client names it */
    char strings[];
};

/* The watchlist's first answers come one by one and are told together. */
struct watching;

/* Who comes, as its request told. */
struct arrival {
    const struct carillon_app *app; /* NULL: none has the key */
    struct admission admission;
    bool origin_allowed;
};

struct client {
    const struct carillon_app *app; /* NULL: refused, and about to be closed */
    carillon_handle conn, session;
    struct pending *pending;
    struct watching *watching;
    struct quota *quota;
    struct carillon_str user; /* who signed in; absent before */
    char *user_copy;
    struct client *next, **link; /* activity.c */
    int64_t heard_ms;            /* when it last said anything */
    int64_t spoke_ms;            /* ... other than ping and pong */
    uint64_t socket_number;      /* socket_id_draw's */
    int64_t event_second;        /* client events are counted by the second */
    uint32_t event_count;
    uint16_t pending_count;
    uint8_t protocol, malformed;
    bool pinged, closing;
    bool greeted; /* its connection is established: before, the hooks judge it */
    bool lines;   /* what it is sent are lines of the HTTP fallback */
};

extern const struct carillon_session_ops client_session_ops;

/* On the request's worker; its first capture is the app's key. */
struct arrival client_judge(const struct carillon_http_request *request);
/* A connection was made: admits or refuses it. NULL when memory is short. codec: of its transport. */
struct client *client_new(carillon_handle conn, const struct arrival *arrival, unsigned codec);
void client_free(struct client *client);
/* The session is let in. */
void client_greet(struct client *client);
/* One frame that it sent. */
void client_take(struct client *client, const char *json, size_t len);

/* Sends what was written and frees it. */
void client_send(struct client *client, struct text *frame);
/* Sends one frame of several parts. */
void client_send_parts(struct client *client, const struct carillon_part *parts, size_t n);
/* An error event; the connection stays. code 0: null. */
void client_tell_error(struct client *client, unsigned code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void client_close(struct client *client, enum pusher_code code);
/* Its protocol is so old that an error event precedes a close. */
bool client_is_old(const struct client *client);

/* Its socket id, written to out. */
struct carillon_str client_socket_id(const struct client *client, char out[SOCKET_ID_SIZE]);
void client_subscribe(struct client *client, const struct frame_in *frame);
void client_unsubscribe(struct client *client, const struct frame_in *frame);
void pending_remove(struct client *client, struct pending *pending);
/* The channel as the host knows it: the personal one is "#user" there. */
struct carillon_str client_host_channel(struct carillon_str channel);
void client_sign_in(struct client *client, const struct frame_in *frame);
void client_watched(struct client *client, struct carillon_str user, bool online);
void client_send_event(struct client *client, const struct frame_in *frame);

void activity_add(struct client *client);
void activity_remove(struct client *client);
/* It said something; ping: no more than that it is there. */
void activity_note(struct client *client, bool ping);

/* quota.c: any worker. Counts a connection of the app; false: it has as many as it may. */
bool quota_take(const struct carillon_app *app, struct quota **quota);
void quota_give_back(struct quota *quota);
void quotas_free(void);

#endif
