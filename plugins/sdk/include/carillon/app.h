/*
 * An app's public side: its credentials, its limits and where it wants to be told of what happens. Made from the
 * configuration (apps.NAME), immutable, good on any thread until the daemon ends; a reload makes new ones.
 */
#ifndef CARILLON_APP_H
#define CARILLON_APP_H

#include <carillon/types.h>

/* X(NAME, "option", type, default, unit or NULL, least, most, "help"): an app's limits; 0 is "any number" where it is allowed. */
#define CARILLON_APP_LIMITS(X)                                                                                         \
    X(connections, INT, "0", "connections", 0, 10000000, "Connections of the app with its key; 0: any number.")        \
    X(requests, INT, "0", "a second", 0, 1000000, "Signed HTTP requests of the app on each worker; 0: any number.")    \
    X(subscriptions, INT, "0", "channels", 0, 100000,                                                                  \
      "Subscriptions of one connection; 0: as limits.subscriptions says.")                                             \
    X(client_events, INT, "10", "a second", 1, 1000000, "Client events that one connection may send.")                 \
    X(event_data, SIZE, "\"10k\"", NULL, 1, 1 << 20, "The data of one event.")                                         \
    X(event_name, INT, "200", "bytes", 1, 200, "The name of one event.")                                               \
    X(event_channels, INT, "100", "channels", 1, 1000, "Channels that one signed request may trigger an event on.")    \
    X(batch, INT, "10", "events", 1, 1000, "Events of one batch.")                                                     \
    X(members, INT, "100", "members", 1, 100000, "Members of a presence channel.")                                     \
    X(member_data, SIZE, "\"1k\"", NULL, 2, 1 << 16, "What a member of a presence channel tells of itself.")           \
    X(watchlist, INT, "100", "users", 0, 1000, "Users whose coming and going one signed-in connection is told.")       \
    X(cached, DURATION, "\"30m\"", NULL, 1000, 86400000, "How long a cache channel keeps its newest event.")

struct carillon_app_limits {
#define CARILLON_X(name, type, default_value, unit, min, max, help) int64_t name;
    CARILLON_APP_LIMITS(CARILLON_X)
#undef CARILLON_X
};

/* Where what happens in the app is posted to (apps.NAME.webhooks). */
struct carillon_webhook {
    struct carillon_str url;
    struct carillon_str prefix;        /* only of channels whose names begin so; empty: of all */
    const struct carillon_str *events; /* their names; none: all */
    size_t event_count;
    struct carillon_str suffix;       /* ... and end so */
    const struct carillon_str *allow; /* networks that may be reached besides public addresses */
    size_t allow_count;
};

/* Another service that speaks Pusher's HTTP API, where events are triggered too (apps.NAME.relays). */
struct carillon_relay {
    struct carillon_str url;             /* of the service: what comes before "/apps/" */
    struct carillon_str id, key, secret; /* of the app there */
    const struct carillon_str *channels; /* which: patterns, '*' stands for any text */
    size_t channel_count;
    const struct carillon_str *allow; /* as of a webhook */
    size_t allow_count;
};

struct carillon_app {
    struct carillon_str name;            /* in the configuration */
    struct carillon_str id, key, secret; /* key absent: nobody can use the app with credentials */
    bool enabled;
    bool development;         /* the well-known credentials of a daemon that only its own machine reaches */
    bool tls_only;            /* connections with the key need TLS */
    bool subscription_counts; /* tell how many subscribe to a channel */
    bool refuse_replays;      /* a signed request is good once */
    struct carillon_app_limits limits;
    const struct carillon_webhook *webhooks;
    size_t webhook_count;
    const struct carillon_relay *relays;
    size_t relay_count;
};

enum carillon_app_by { CARILLON_APP_BY_NAME, CARILLON_APP_BY_ID, CARILLON_APP_BY_KEY };

#endif
