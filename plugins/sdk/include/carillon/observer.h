/*
 * Observers: told what happens to channels, after it happened, without a say in it.
 */
#ifndef CARILLON_OBSERVER_H
#define CARILLON_OBSERVER_H

#include <carillon/message.h>

/* X(NAME, "name") */
#define CARILLON_HAPPENINGS(X)                                                                                         \
    X(OCCUPIED, "channel_occupied")             /* its first subscriber */                                             \
    X(VACATED, "channel_vacated")               /* its last */                                                         \
    X(MEMBER_ADDED, "member_added")             /* presence channels: a user's first connection */                     \
    X(MEMBER_REMOVED, "member_removed")         /* ... and last */                                                     \
    X(SUBSCRIPTION_COUNT, "subscription_count") /* where the app wants counts */                                       \
    X(CACHE_MISS, "cache_miss")                 /* somebody subscribed to a cache channel that has no event */         \
    X(CLIENT_EVENT, "client_event")             /* a client sent it to the others */                                   \
    X(EVENT, "event")                           /* an application's event, by a server or a session */

enum carillon_happening_kind {
#define CARILLON_X(name, text) CARILLON_HAPPENING_##name,
    CARILLON_HAPPENINGS(CARILLON_X)
#undef CARILLON_X
        CARILLON_HAPPENING_COUNT
};

struct carillon_happening {
    enum carillon_happening_kind kind;
    struct carillon_str app, channel;
    struct carillon_str user;  /* MEMBER_*; CLIENT_EVENT on presence channels */
    struct carillon_str event; /* CLIENT_EVENT, EVENT: its name */
    struct carillon_str data;  /* CLIENT_EVENT, EVENT: JSON */
    carillon_handle session;   /* CLIENT_EVENT: who sent it; EVENT: who is not to get it */
    uint64_t count;            /* SUBSCRIPTION_COUNT */
    bool foreign;              /* CLIENT_EVENT, EVENT: it came in with carillon_publish.foreign */
};

/* On the worker that is the channel's home, in the order in which it happened there. Strings live during the call. */
struct carillon_observer {
    size_t size;
    unsigned wanted; /* a bit (1 << kind) for each kind */
    void (*happened)(const struct carillon_happening *what, void *user);
    void *user;
};

#endif
