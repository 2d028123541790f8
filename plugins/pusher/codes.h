/*
 * THE table of codes with which a connection is closed, or which an error event carries. Clients never come back
 * unchanged after 40xx, after a second or more after 41xx, at once after 42xx.
 */
#ifndef CARILLON_PUSHER_CODES_H
#define CARILLON_PUSHER_CODES_H

/* X(NAME, code, "message") */
#define PUSHER_CODES(X)                                                                                                \
    X(TLS_ONLY, 4000, "Application only accepts TLS connections, reconnect using wss://")                              \
    X(NO_SUCH_APP, 4001, "Application does not exist")                                                                 \
    X(APP_DISABLED, 4003, "Application disabled")                                                                      \
    X(OVER_QUOTA, 4004, "Application is over connection quota")                                                        \
    X(PATH_NOT_FOUND, 4005, "Path not found")                                                                          \
    X(BAD_VERSION, 4006, "Invalid version string format")                                                              \
    X(UNSUPPORTED_PROTOCOL, 4007, "Unsupported protocol version")                                                      \
    X(NO_PROTOCOL, 4008, "No protocol version supplied")                                                               \
    X(UNAUTHORISED, 4009, "Connection is unauthorized")                                                                \
    X(OVER_CAPACITY, 4100, "Over capacity")                                                                            \
    X(RECONNECT, 4200, "Please reconnect immediately")                                                                 \
    X(NO_PONG, 4201, "Pong reply not received")                                                                        \
    X(INACTIVE, 4202, "Closed after inactivity")                                                                       \
    X(CLIENT_EVENT_RATE, 4301, "Client event rejected due to rate limit")                                              \
    X(WATCHLIST_LIMIT, 4302, "Watchlist limit exceeded")

enum pusher_code {
    PUSHER_CODE_NONE,
#define PUSHER_X(name, code, message) PUSHER_CODE_##name = (code),
    PUSHER_CODES(PUSHER_X)
#undef PUSHER_X
};

/* The table's message; "" for PUSHER_CODE_NONE. */
const char *pusher_code_message(enum pusher_code code);

#endif
