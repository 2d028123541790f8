/*
 * THE table of errors that clients are told, on every transport alike. Codes are stable: clients compare them.
 *
 * Pure; any thread. What the daemon's own functions answer among themselves is enum carillon_result.
 */
#ifndef CARILLON_BASE_ERROR_H
#define CARILLON_BASE_ERROR_H

#include "base/json_writer.h"
#include <carillon/transport.h>

/*
 * X(NAME, "code", HTTP status, WebSocket close code, retry, "title", "detail where nothing better is known")
 *
 * Close code 0: never a reason to close a connection. retry: the same request may succeed later (with the same client id).
 */
#define ERRORS(X)                                                                                                      \
    /* what was sent */                                                                                                \
    X(INVALID_JSON, "invalid_json", 400, 4400, false, "Invalid JSON", "This is not valid JSON.")                       \
    X(INVALID_UTF8, "invalid_utf8", 400, 1007, false, "Invalid UTF-8", "The text is not valid UTF-8.")                 \
    X(INVALID_REQUEST, "invalid_request", 400, 4400, false, "Invalid request",                                         \
      "A field is missing, unknown or of the wrong type.")                                                             \
    X(INVALID_CHANNEL, "invalid_channel", 400, 0, false, "Invalid channel name",                                       \
      "A channel's name has 1 to 164 of the characters A-Z a-z 0-9 _ - = @ , . ;")                                     \
    X(TOO_DEEP, "too_deep", 400, 4400, false, "JSON too deep", "The JSON has more levels than are allowed.")           \
    X(TOO_LARGE, "too_large", 413, 1009, false, "Too large", "This is larger than is allowed.")                        \
    X(URI_TOO_LONG, "uri_too_long", 414, 0, false, "URI too long", "The address of the request is too long.")          \
    X(HEADERS_TOO_LARGE, "headers_too_large", 431, 0, false, "Headers too large",                                      \
      "The headers of the request are larger than is allowed.")                                                        \
    X(BINARY_FRAME, "binary_frame", 400, 1003, false, "Binary frame", "Only text frames are understood here.")         \
    X(PROTOCOL_ERROR, "protocol_error", 400, 1002, false, "Protocol error",                                            \
      "What was sent breaks the rules of the protocol.")                                                               \
    X(TOO_MANY_ERRORS, "too_many_errors", 400, 4400, false, "Too many errors",                                         \
      "Too many malformed requests in a short time.")                                                                  \
    X(METHOD_NOT_ALLOWED, "method_not_allowed", 405, 0, false, "Method not allowed",                                   \
      "This resource does not know that method.")                                                                      \
    X(NOT_ACCEPTABLE, "not_acceptable", 406, 0, false, "Not acceptable",                                               \
      "No representation that was asked for exists.")                                                                  \
    X(LENGTH_REQUIRED, "length_required", 411, 0, false, "Length required", "The request needs a Content-Length.")     \
    X(UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415, 0, false, "Unsupported media type",                       \
      "The body must be application/json.")                                                                            \
    X(UPGRADE_REQUIRED, "upgrade_required", 426, 0, false, "Upgrade required", "Only WebSockets are served here.")     \
    X(UNSUPPORTED_SUBPROTOCOL, "unsupported_subprotocol", 400, 1002, false, "Unsupported subprotocol",                 \
      "None of the subprotocols that were offered is known.")                                                          \
    X(NOT_IMPLEMENTED, "not_implemented", 501, 0, false, "Not implemented",                                            \
      "A body with a Transfer-Encoding is not understood: send a Content-Length.")                                     \
    X(REQUEST_TIMEOUT, "request_timeout", 408, 0, true, "Request timeout", "The request did not arrive in time.")      \
    /* who sent it */                                                                                                  \
    X(UNAUTHORIZED, "unauthorized", 401, 4401, false, "Not signed in", "A valid token is needed.")                     \
    X(TOKEN_EXPIRED, "token_expired", 401, 4401, false, "Token expired", "The token has expired: get a new one.")      \
    X(TOKEN_REVOKED, "token_revoked", 401, 4401, false, "Token revoked", "The token was revoked: sign in again.")      \
    X(TICKET_INVALID, "ticket_invalid", 401, 4401, false, "Ticket invalid",                                            \
      "The ticket is unknown, used or older than 30 s: get a new one.")                                                \
    X(UNAUTHENTICATED_TIMEOUT, "unauthenticated_timeout", 401, 4401, true, "Not signed in in time",                    \
      "No valid token came in the time allowed.")                                                                      \
    X(FORBIDDEN, "forbidden", 403, 4403, false, "Forbidden", "You may not do that.")                                   \
    X(GUESTS_REFUSED, "guests_refused", 403, 0, false, "No guests", "Signing in as a guest is switched off here.")     \
    X(NOT_A_MEMBER, "not_a_member", 403, 0, false, "Not a member", "Only members of this conversation may do that.")   \
    X(VISIBILITY_CHANGED, "visibility_changed", 403, 0, true, "Visibility changed",                                    \
      "Who may see the conversation has changed: members subscribe again.")                                            \
    X(ORIGIN_REFUSED, "origin_refused", 403, 1008, false, "Origin refused",                                            \
      "Pages of this origin may not use the app.")                                                                     \
    X(HOST_REFUSED, "host_refused", 421, 1008, false, "Host refused",                                                  \
      "The daemon does not serve this host name: see allowed_hosts in its configuration.")                             \
    X(DISCONNECTED, "disconnected", 403, 4403, false, "Disconnected", "The application's server ended this session.")  \
    X(HOOK, "refused", 403, 0, false, "Refused", "A rule of this service refused it.")                                 \
    X(MUTED, "muted", 403, 0, false, "Muted", "You may not write here for now.")                                       \
    /* what it was about */                                                                                            \
    X(NOT_FOUND, "not_found", 404, 0, false, "Not found", "There is no such thing.")                                   \
    X(UNKNOWN_APP, "unknown_app", 404, 4403, false, "Unknown app", "There is no app of this name or key.")             \
    X(UNKNOWN_CHANNEL, "unknown_channel", 404, 0, false, "Unknown channel", "There is no such channel.")               \
    X(NOT_SUBSCRIBED, "not_subscribed", 409, 0, false, "Not subscribed", "Subscribe to the channel first.")            \
    X(EXISTS, "exists", 409, 0, false, "Exists already", "There is one of that name already.")                         \
    X(NAME_TAKEN, "name_taken", 409, 0, false, "Name taken", "Somebody else has this name: choose another.")           \
    X(CLIENT_ID_CONFLICT, "client_id_conflict", 409, 0, false, "Client id used before",                                \
      "This client id was used with another body.")                                                                    \
    X(LAST_OWNER, "last_owner", 409, 0, false, "Last owner", "A conversation cannot be left without an owner.")        \
    X(GONE, "gone", 410, 0, false, "Gone", "This is no longer kept.")                                                  \
    /* how much of it */                                                                                               \
    X(RATE_LIMITED, "rate_limited", 429, 4429, true, "Too fast", "Too many requests: wait a little.")                  \
    X(LIMIT_REACHED, "limit_reached", 409, 0, false, "Limit reached", "No more of these are allowed.")                 \
    X(SUBSCRIPTION_LIMIT, "subscription_limit", 429, 0, false, "Too many subscriptions",                               \
      "This session has as many subscriptions as are allowed.")                                                        \
    X(MEMBER_LIMIT, "member_limit", 409, 0, false, "Too many members",                                                 \
      "The presence channel has as many members as are allowed.")                                                      \
    X(CONNECTION_LIMIT, "connection_limit", 503, 1013, true, "Too many connections",                                   \
      "As many connections as are allowed are open.")                                                                  \
    X(SLOW_CONSUMER, "slow_consumer", 503, 1013, true, "Reader too slow", "The client did not read fast enough.")      \
    X(IDLE_TIMEOUT, "idle_timeout", 408, 4408, true, "Silent for too long", "Nothing was heard from the client.")      \
    /* how it went */                                                                                                  \
    X(BUSY, "busy", 503, 0, true, "Busy", "Too much is waiting: try again.")                                           \
    X(OUTCOME_UNKNOWN, "outcome_unknown", 504, 0, true, "Outcome unknown",                                             \
      "The storage did not answer in time: retry with the same client id.")                                            \
    X(STORAGE_UNAVAILABLE, "storage_unavailable", 503, 0, true, "Storage unavailable", "The storage does not answer.") \
    X(RESPONSE_TIMEOUT, "response_timeout", 504, 0, true, "No answer in time", "The daemon did not answer in time.")   \
    X(HELD_FULL, "held_full", 503, 0, true, "Too much is held",                                                        \
      "Too many messages wait for a moderator here: try again later.")                                                 \
    X(SHUTTING_DOWN, "shutting_down", 503, 1001, true, "Shutting down", "The daemon stops: connect again.")            \
    X(UNSUPPORTED, "unsupported", 501, 0, false, "Not supported", "The storage of this service cannot do that.")       \
    X(INTERNAL, "internal", 500, 1011, true, "Internal error", "Something went wrong in the daemon; its log says what.")

enum error_code {
    ERROR_NONE,
#define ERROR_X(name, code, status, close, retry, title, detail) ERROR_##name,
    ERRORS(ERROR_X)
#undef ERROR_X
        ERROR_COUNT
};

/* As a client is told, with the table's detail. ERROR_NONE gives ERROR_INTERNAL's: somebody forgot to set it. */
struct carillon_failure error_failure(enum error_code error);
/* What a failed result means to a client where nothing more fitting is known; ERROR_NONE for results >= 0. */
enum error_code error_from_result(enum carillon_result result);
/* The row of a code on the wire; ERROR_NONE for a code that is not in the table (a hook's own). */
enum error_code error_from_code(const char *code);
/* For closing a WebSocket because of it; 1008 (policy) where the table has none. */
unsigned error_close_code(enum error_code error);
/* The same from the code on the wire. */
unsigned error_close_code_of(const struct carillon_failure *failure);
/* A failed or unknown result's text, for logs. */
const char *result_text(enum carillon_result result);

/*
 * RFC 9457: {"type":"urn:carillon:error:<code>","title","status","detail","code","retry"}. error_write_problem writes the
 * object, error_write_problem_members what is in it, for callers that add members of their own.
 */
void error_write_problem(struct json_writer *writer, const char *name, const struct carillon_failure *failure);
void error_write_problem_members(struct json_writer *writer, const struct carillon_failure *failure);
/* The same into a buffer, NUL-terminated; returns its length. A detail that does not fit is left out. At least
   PROBLEM_SIZE_MIN bytes of room hold any failure of the table. */
enum { PROBLEM_SIZE_MIN = 512 };
size_t error_format_problem(const struct carillon_failure *failure, char *out, size_t room);

#endif
