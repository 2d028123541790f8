/*
 * What a transport plugin works with: HTTP requests, connections, sessions.
 *
 * All of it belongs to one worker. Callbacks come on that worker, and the functions of the host table that take a handle
 * of it must be called there. A handle may go stale between two callbacks: every function then answers CARILLON_STALE.
 */
#ifndef CARILLON_TRANSPORT_H
#define CARILLON_TRANSPORT_H

#include <carillon/event.h>

/* ---- HTTP ---- */

struct carillon_http_param {
    struct carillon_str name, value;
};

/* Valid until the request is answered or the connection is gone; after that the handle is stale. */
struct carillon_http_request {
    carillon_handle handle;
    struct carillon_str method, path;           /* path percent-decoded and normalised, without the query */
    struct carillon_str query;                  /* raw, without '?'; http_query() finds and decodes one parameter */
    const struct carillon_http_param *captures; /* what the {names} of the pattern matched */
    size_t capture_count;
    struct carillon_str body;    /* whole; bounded by the route's body_max */
    struct carillon_str address; /* the client's, as the proxies we trust told */
    bool secure;                 /* TLS here or at a proxy we trust */
};

struct carillon_http_route {
    size_t size;
    const char *method;  /* "GET" (serves HEAD too), "POST", ... */
    const char *pattern; /* "/api/v1/events", with captures: "/apps/{id}/events"; a last "{rest*}" takes the rest */
    size_t body_max;     /* bytes; 0: no body is accepted */
    void (*handle)(const struct carillon_http_request *request, void *user);
    void *user;
};

/* ---- WebSocket ---- */

struct carillon_ws_endpoint {
    size_t size;
    const char *pattern;     /* as of a route */
    const char *subprotocol; /* offered and chosen if the client asks for it; NULL: none. A client that asks for others
                                only is refused */
    size_t message_max; /* bytes of one message, after inflation; more closes with 1009. limits.frame bounds it too;
                                0: that alone */
    /* The upgrade is done. Return a pointer that the other callbacks get, or NULL to close the connection. */
    void *(*open)(carillon_handle conn, const struct carillon_http_request *request, void *user);
    /* One whole message; text is checked UTF-8 and followed by a NUL. The bytes live until it returns. */
    void (*message)(carillon_handle conn, void *state, const char *data, size_t len, bool binary);
    /* Gone, whoever closed it; the last callback. code: 1005 and 1006 as RFC 6455 says. */
    void (*closed)(carillon_handle conn, void *state, unsigned code);
    void *user;
    /* The endpoint looks at Origin itself, in open: so it can tell a reason, which an answer in HTTP cannot. */
    bool judges_origin;
};

/* ---- sessions ---- */

/* How a subscription began. */
enum carillon_recovery {
    CARILLON_RECOVERY_NONE,      /* no position was named */
    CARILLON_RECOVERY_RECOVERED, /* everything after the named position follows, in order, before anything newer */
    CARILLON_RECOVERY_RESET      /* that is not possible: read the history again; `reason` says why */
};

/* Who is on a presence channel, as the codecs write it (carillon_codec.encode_members). The host's. */
struct carillon_roster;

/* A message is made of text and of lists of members. */
struct carillon_part {
    struct carillon_str text;             /* if roster is NULL */
    const struct carillon_roster *roster; /* all its members, as the codec writes them for this list */
    unsigned list;
};

struct carillon_subscribed {
    struct carillon_str channel, epoch;
    uint64_t pos; /* of the newest event at this moment */
    enum carillon_recovery recovery;
    const char *reason;                /* RESET: "epoch", "ring", "retention", "too_far" */
    bool stored;                       /* a conversation */
    const struct carillon_user *users; /* presence channels: who is there, unless the codec encodes members */
    size_t user_count;
    const struct carillon_roster
        *roster;       /* ... who is there if it does, for conn_send_parts. NULL: no presence channel */
    bool cache_missed; /* a cache channel that has no event yet; one that has any sends it next */
};

/* A failure as a client is told: everything from daemon/base/error.h's table. */
struct carillon_failure {
    const char *code;           /* stable: "forbidden", "client_id_conflict", ... or a hook's own */
    unsigned status;            /* the fitting HTTP status */
    struct carillon_str detail; /* for people */
    bool retry;                 /* the same may succeed later (with the same client id) */
};

struct carillon_published {
    uint64_t pos; /* 0: the channel is not stored and has no ring */
    struct carillon_str epoch;
    struct carillon_str id;      /* of the message; absent for events */
    struct carillon_str channel; /* where it went, if a hook rerouted it */
    struct carillon_str message; /* the stored message as JSON; absent for events */
    bool duplicate;              /* an earlier publish with this client id did it */
    bool held;                   /* it waits for a moderator: the message has no pos, and nobody got it */
};

struct carillon_publish {
    struct carillon_str channel;
    struct carillon_str client_id;
    struct carillon_str event; /* absent: a message with text */
    struct carillon_str text, data;
    struct carillon_str reply_to;
    const struct carillon_str *mentions;
    size_t mention_count;
    bool client_event;           /* not to be echoed to its sender; needs the right to send client events */
    bool foreign;                /* app_publish: it came from another service, and observers are told so */
    struct carillon_user author; /* app_publish: as whom; absent: nobody in particular */
};

/* A subscription that the transport has looked into itself (session_subscribe_with). */
struct carillon_subscribe {
    struct carillon_str channel; /* "#user": the personal channel of who is signed in */
    struct carillon_str epoch;   /* absent: without recovery */
    uint64_t pos;
    bool authorised;             /* the app's secret vouches for it: no other right is asked for */
    struct carillon_user member; /* as whom; absent: as who is signed in */
    struct carillon_str info;    /* what the member tells of itself (JSON); may be absent */
    uint32_t members_max;        /* a presence channel takes no more; 0: any number */
};

struct carillon_identity {
    struct carillon_str app;
    struct carillon_user user; /* absent before sign-in */
    int64_t expires_ms;        /* 0: never */
};

/*
 * What a transport is told about its session. `cookie` is what was given to the function that asked. failure is NULL on
 * success. Each request ends with exactly one call, unless the session is closed before.
 */
struct carillon_session_ops {
    size_t size;
    void (*signed_in)(carillon_handle session, void *state, uint64_t cookie, const struct carillon_identity *identity,
                      const struct carillon_failure *failure);
    void (*subscribed)(carillon_handle session, void *state, uint64_t cookie, const struct carillon_subscribed *what,
                       const struct carillon_failure *failure);
    void (*published)(carillon_handle session, void *state, uint64_t cookie, const struct carillon_published *what,
                      const struct carillon_failure *failure);
    /* Read mark and other requests that are answered with a JSON object. */
    void (*answered)(carillon_handle session, void *state, uint64_t cookie, struct carillon_str json,
                     const struct carillon_failure *failure);
    /* A subscription ended without being asked: rights lost, conversation left, or a reset while subscribed. */
    void (*unsubscribed)(carillon_handle session, void *state, struct carillon_str channel,
                         const struct carillon_failure *failure);
    /* The daemon is about to close it (expired, slow, drained, disconnected by the API). May send a last frame. */
    void (*closing)(carillon_handle session, void *state, const struct carillon_failure *failure,
                    int64_t reconnect_after_ms);
    /* The queue is about to be written: may add up to `room` bytes behind it (SSE's cursor), which is at least
       CARILLON_FLUSH_ROOM. Returns how many. NULL: no. */
    size_t (*flushing)(carillon_handle session, void *state, char *out, size_t room);
    /* The session has ended with its connection; the last call, state is not used again. The handle is stale. NULL: no. */
    void (*ended)(void *state);
    /* The code to close with because of this failure; 0: the table's. NULL: always that. */
    unsigned (*close_code)(const struct carillon_failure *failure);
    /* Of those whom it watches (session_watch), these are online, or are no more. NULL: it watches nobody. */
    void (*watched)(carillon_handle session, void *state, const struct carillon_str *users, size_t n, bool online);
    /* The hooks at `connect` let it in. Once: within session_open where none is asked, else later, or never: refused, it
       is closed. For transports that greet their clients. NULL: no. */
    void (*opened)(carillon_handle session, void *state);
};

enum { CARILLON_FLUSH_ROOM = 4096 };

/* What somebody signs in with. */
enum carillon_credential {
    CARILLON_CREDENTIAL_TOKEN,  /* a JWT */
    CARILLON_CREDENTIAL_TICKET, /* single-use: it is used up by being checked */
    CARILLON_CREDENTIAL_SEALED  /* an identity that the daemon sealed for its client to keep, see sign_in_seal */
};

/* Room for a sealed identity. It is made of unreserved URL characters without '~'. */
enum { CARILLON_SEALED_SIZE = 2048 };

/* A channel as it is just now. */
struct carillon_channel_facts {
    struct carillon_str name;
    uint64_t subscriptions;    /* 0: nobody is there */
    uint64_t members;          /* of a presence channel: different users */
    struct carillon_str event; /* the newest event of a cache channel, its name; absent: none */
    struct carillon_str data;  /* and its data (JSON) */
    int64_t event_ttl_ms;      /* it is kept so long from now */
};

/* What was asked about channels; all of it lives during the call, which comes once, on the worker that asked. */
typedef void (*carillon_channels_fn)(void *arg, const struct carillon_channel_facts *channels, size_t n);
/* Who is on a channel; the same. */
typedef void (*carillon_users_fn)(void *arg, const struct carillon_user *users, size_t n);
/* What came of a publish; the same. failure NULL: it is done. */
typedef void (*carillon_published_fn)(void *arg, const struct carillon_published *what,
                                      const struct carillon_failure *failure);
typedef void (*carillon_count_fn)(void *arg, size_t n);
/* Who a token belongs to; the same. */
typedef void (*carillon_person_fn)(void *arg, const struct carillon_identity *who,
                                   const struct carillon_failure *failure);

/* One subscription's place, for cursors. */
struct carillon_position {
    struct carillon_str channel, epoch;
    uint64_t pos;
};

#endif
