/*
 * THE tables of what the daemon counts. Rows of one family stand together.
 */
#ifndef CARILLON_STATS_TABLES_H
#define CARILLON_STATS_TABLES_H

#include "base/error.h"

/* X(NAME, "family", "label" or NULL, "its value", "help") */
#define STATS_COUNTERS(X)                                                                                              \
    X(CONNECTIONS_HTTP, "connections_opened_total", "transport", "http", "Connections accepted, by what they became.") \
    X(CONNECTIONS_WEBSOCKET, "connections_opened_total", "transport", "websocket", "")                                 \
    X(CONNECTIONS_STREAM, "connections_opened_total", "transport", "stream", "")                                       \
    X(CONNECTIONS_REFUSED, "connections_refused_total", NULL, NULL, "Connections refused at accept, over a limit.")    \
    X(TLS_FAILED, "tls_failures_total", NULL, NULL, "TLS handshakes that failed.")                                     \
    X(HTTP_2XX, "http_responses_total", "class", "2xx", "HTTP answers, by class of their status.")                     \
    X(HTTP_3XX, "http_responses_total", "class", "3xx", "")                                                            \
    X(HTTP_4XX, "http_responses_total", "class", "4xx", "")                                                            \
    X(HTTP_5XX, "http_responses_total", "class", "5xx", "")                                                            \
    X(BYTES_IN, "bytes_received_total", NULL, NULL, "Bytes read from clients, after TLS.")                             \
    X(BYTES_OUT, "bytes_sent_total", NULL, NULL, "Bytes written to clients, before TLS.")                              \
    X(WRITES, "writes_total", NULL, NULL, "Writes to clients' sockets; a write takes all that waits.")                 \
    X(SESSIONS, "sessions_opened_total", NULL, NULL, "Sessions begun.")                                                \
    X(SIGN_INS, "sign_ins_total", "outcome", "accepted", "Sign-ins, by their outcome.")                                \
    X(SIGN_INS_REFUSED, "sign_ins_total", "outcome", "refused", "")                                                    \
    X(SUBSCRIBED, "subscriptions_total", "recovery", "none", "Subscriptions, by how they began.")                      \
    X(SUBSCRIBED_RECOVERED, "subscriptions_total", "recovery", "recovered", "")                                        \
    X(SUBSCRIBED_RESET, "subscriptions_total", "recovery", "reset", "")                                                \
    X(SUBSCRIBE_REFUSED, "subscriptions_refused_total", NULL, NULL, "Subscriptions refused.")                          \
    X(PUBLISH_STORED, "publishes_total", "outcome", "stored", "Publishes, by their outcome.")                          \
    X(PUBLISH_PASSED, "publishes_total", "outcome", "passed", "")                                                      \
    X(PUBLISH_DUPLICATE, "publishes_total", "outcome", "duplicate", "")                                                \
    X(PUBLISH_REFUSED, "publishes_total", "outcome", "refused", "")                                                    \
    X(PUBLISH_UNKNOWN, "publishes_total", "outcome", "unknown", "")                                                    \
    X(HOOK_PASS, "hook_verdicts_total", "verdict", "pass", "Verdicts of hooks.")                                       \
    X(HOOK_DROP, "hook_verdicts_total", "verdict", "drop", "")                                                         \
    X(HOOK_MODIFY, "hook_verdicts_total", "verdict", "modify", "")                                                     \
    X(HOOK_REROUTE, "hook_verdicts_total", "verdict", "reroute", "")                                                   \
    X(HOOK_COPY, "hook_verdicts_total", "verdict", "copy", "")                                                         \
    X(HOOK_SHADOW, "hook_verdicts_total", "verdict", "shadow", "")                                                     \
    X(HOOK_HOLD, "hook_verdicts_total", "verdict", "hold", "")                                                         \
    X(HOOK_MUTE, "hook_verdicts_total", "verdict", "mute", "")                                                         \
    X(HOOK_SUSPEND, "hook_verdicts_total", "verdict", "suspend", "")                                                   \
    X(HOOK_FAULTY, "hook_verdicts_total", "verdict", "faulty", "")                                                     \
    X(EVENTS, "events_total", NULL, NULL, "Events distributed to subscribers.")                                        \
    X(DELIVERIES, "deliveries_total", NULL, NULL, "Events queued for a session.")                                      \
    X(ENCODES, "encodes_total", NULL, NULL, "Events turned into a transport's bytes, once a codec and worker.")        \
    X(RING_EVICTED, "ring_evictions_total", NULL, NULL, "Recent events dropped from memory before their time.")        \
    X(STORAGE_OK, "storage_requests_total", "outcome", "ok", "Requests to the storage, by their outcome.")             \
    X(STORAGE_REFUSED, "storage_requests_total", "outcome", "refused", "")                                             \
    X(STORAGE_FAILED, "storage_requests_total", "outcome", "failed", "")                                               \
    X(STORAGE_TIMEOUT, "storage_requests_total", "outcome", "timeout", "")                                             \
    X(EXTERNAL, "external_changes_total", NULL, NULL,                                                                  \
      "Changes that the storage noticed: others', and the own once more.")                                             \
    X(FETCH_DONE, "http_client_requests_total", "outcome", "done", "Requests to other servers, by how they ended.")    \
    X(FETCH_TIMEOUT, "http_client_requests_total", "outcome", "timeout", "")                                           \
    X(FETCH_RESOLVE_FAILED, "http_client_requests_total", "outcome", "resolve_failed", "")                             \
    X(FETCH_ADDRESS_REFUSED, "http_client_requests_total", "outcome", "address_refused", "")                           \
    X(FETCH_CONNECT_FAILED, "http_client_requests_total", "outcome", "connect_failed", "")                             \
    X(FETCH_TLS_FAILED, "http_client_requests_total", "outcome", "tls_failed", "")                                     \
    X(FETCH_TOO_LARGE, "http_client_requests_total", "outcome", "too_large", "")                                       \
    X(FETCH_REDIRECT_REFUSED, "http_client_requests_total", "outcome", "redirect_refused", "")                         \
    X(FETCH_BROKEN, "http_client_requests_total", "outcome", "broken", "")                                             \
    X(FETCH_CANCELLED, "http_client_requests_total", "outcome", "cancelled", "")                                       \
    X(FETCH_FAILED, "http_client_requests_total", "outcome", "failed", "")                                             \
    X(AUDIT_WRITTEN, "lua_audit_lines_total", "outcome", "written", "Lines of scripts for the audit log.")             \
    X(AUDIT_REFUSED, "lua_audit_lines_total", "outcome", "refused", "")                                                \
    X(AUDIT_LOST, "lua_audit_lines_total", "outcome", "lost", "")                                                      \
    X(POSTS_FULL, "posts_full_total", NULL, NULL, "Posts to a worker that found its queue full.")                      \
    X(RELOADS, "config_reloads_total", "outcome", "ok", "Reloads of the configuration.")                               \
    X(RELOADS_FAILED, "config_reloads_total", "outcome", "failed", "")

/* X(NAME, "family", "label" or NULL, "its value", bucket set, "help"); a set is TIME (seconds) or COUNT. */
#define STATS_HISTOGRAMS(X)                                                                                            \
    X(STORAGE_WRITE_TIME, "storage_seconds", "kind", "write", TIME, "From a request to the storage to its answer.")    \
    X(STORAGE_READ_TIME, "storage_seconds", "kind", "read", TIME, "")                                                  \
    X(STORAGE_BATCH, "storage_batch_size", NULL, NULL, COUNT, "Requests committed together.")                          \
    X(FANOUT_TIME, "fanout_seconds", NULL, NULL, TIME,                                                                 \
      "From an event's place in its channel's order to the last session's queue, a worker.")                           \
    X(FANOUT_SIZE, "fanout_subscribers", NULL, NULL, COUNT, "Sessions that an event was queued for, a worker.")        \
    X(PUBLISH_TIME, "publish_seconds", NULL, NULL, TIME, "From a publish to its answer.")                              \
    X(HOOK_TIME, "hook_seconds", NULL, NULL, TIME, "From the first hook of an action to the last verdict.")            \
    X(FETCH_TIME, "http_client_seconds", NULL, NULL, TIME, "From a request to another server to its end.")             \
    X(HTTP_TIME, "http_seconds", NULL, NULL, TIME, "From a whole request to its answer.")                              \
    X(TURN_TIME, "turn_seconds", NULL, NULL, TIME, "One turn of a worker's loop, without waiting.")

/* Upper bounds; TIME in nanoseconds. */
#define STATS_BUCKETS_TIME                                                                                             \
    10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 25000000, 50000000, 100000000,   \
        250000000, 500000000, 1000000000, 2500000000, 5000000000, 10000000000
#define STATS_BUCKETS_COUNT 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000

#endif
