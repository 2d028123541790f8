/*
 * Fetching: asking other servers over HTTP without waiting for them.
 *
 * carillon_host.http_fetch starts a request on the calling worker and returns; `done` is called on that worker once it has
 * ended, never from within http_fetch. A fetch that is cancelled with http_cancel has no further call; those outstanding
 * when their plugin is unloaded or the daemon stops end with CARILLON_FETCH_CANCELLED.
 *
 * Only http and https are spoken, certificates are always checked, connections are kept and used again. Addresses that are
 * not public (private, loopback, link-local, multicast, ...) are refused when the connection is made, whatever name led
 * there, unless `allow` holds them.
 */
#ifndef CARILLON_FETCH_H
#define CARILLON_FETCH_H

#include <carillon/transport.h>

/* X(NAME, "stable word", "what happened") */
#define CARILLON_FETCH_OUTCOMES(X)                                                                                     \
    X(DONE, "done", "a whole answer came, whatever its status")                                                        \
    X(TIMEOUT, "timeout", "it took too long")                                                                          \
    X(RESOLVE_FAILED, "resolve_failed", "the host's name has no address")                                              \
    X(ADDRESS_REFUSED, "address_refused", "the host's address is not allowed")                                         \
    X(CONNECT_FAILED, "connect_failed", "nobody answered at the host's address")                                       \
    X(TLS_FAILED, "tls_failed", "there is no trustworthy TLS connection to the host")                                  \
    X(TOO_LARGE, "too_large", "the answer is larger than was allowed")                                                 \
    X(REDIRECT_REFUSED, "redirect_refused", "too many redirects, or one to where it may not go")                       \
    X(BROKEN, "broken", "the connection broke off, or what came is not HTTP")                                          \
    X(CANCELLED, "cancelled", "its plugin is unloaded, or the daemon stops")                                           \
    X(FAILED, "failed", "something went wrong here")

enum carillon_fetch_outcome {
#define CARILLON_X(name, word, text) CARILLON_FETCH_##name,
    CARILLON_FETCH_OUTCOMES(CARILLON_X)
#undef CARILLON_X
        CARILLON_FETCH_OUTCOME_COUNT
};

enum {
    CARILLON_FETCH_URL_MAX = 8192,
    CARILLON_FETCH_HEADERS_MAX = 64 << 10, /* of a request, and of an answer unless it says less */
    CARILLON_FETCH_BODY_MAX = 16 << 20,    /* of a request, and the most that may be asked for */
    CARILLON_FETCH_BODY_DEFAULT = 1 << 20, /* of an answer */
    CARILLON_FETCH_CONNECT_DEFAULT_MS = 5000,
    CARILLON_FETCH_TOTAL_DEFAULT_MS = 30000,
    CARILLON_FETCH_TOTAL_MAX_MS = 600000,
    CARILLON_FETCH_REDIRECTS_MAX = 10
};

/* What to ask; all of it is copied. 0 or absent: the default. */
struct carillon_fetch {
    size_t size;
    struct carillon_str method; /* GET; POST if there is a body. Not CONNECT, not TRACE */
    struct carillon_str url;
    const struct carillon_http_param *headers; /* not Host, Connection, Content-Length, Transfer-Encoding, ... */
    size_t header_count;
    struct carillon_str body;
    int64_t connect_ms, total_ms; /* the total counts from the call, waiting for a free place included */
    size_t headers_max, body_max; /* of the answer, in bytes */
    unsigned redirects;           /* how many to follow; 0: none, they are answers. Never from https to http */
    /* Networks ("127.0.0.0/8", "::1", "0.0.0.0/0") that may be reached besides public addresses. */
    const struct carillon_str *allow;
    size_t allow_count;
};

/* What came; lives until `done` returns. */
struct carillon_fetched {
    enum carillon_fetch_outcome outcome;
    struct carillon_str detail;                /* for people, if it is not DONE */
    unsigned status;                           /* DONE: of the last answer */
    const struct carillon_http_param *headers; /* DONE: of the last answer, in their order, names in lower case */
    size_t header_count;
    struct carillon_str body;
    int64_t took_ms;
};

typedef void (*carillon_fetch_done_fn)(const struct carillon_fetched *fetched, void *arg);

#endif
