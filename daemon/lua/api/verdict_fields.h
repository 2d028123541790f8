/* What verdicts hold in Lua. Shared by who makes them (class_verdict.c) and who reads them (verdict.c). */
#ifndef CARILLON_LUA_VERDICT_FIELDS_H
#define CARILLON_LUA_VERDICT_FIELDS_H

#include "lua/api/message.h"

#define VERDICT_METATABLE "carillon.verdict"

/* X(NAME, "name", Lua type) */
#define VERDICT_FIELDS(X)                                                                                              \
    X(CODE, "code", STRING)                                                                                            \
    X(TEXT, "text", STRING)                                                                                            \
    X(DATA, "data", STRING)                                                                                            \
    X(CHANNEL, "channel", STRING)                                                                                      \
    X(QUEUE, "queue", STRING)                                                                                          \
    X(REASON, "reason", STRING)                                                                                        \
    X(USER, "user", STRING)                                                                                            \
    X(TTL, "ttl", NUMBER) /* seconds */

enum verdict_field {
#define VERDICT_X(NAME, text, type) VERDICT_FIELD_##NAME,
    VERDICT_FIELDS(VERDICT_X)
#undef VERDICT_X
        VERDICT_FIELD_COUNT
};

#define VERDICT_HAS(NAME) (1u << VERDICT_FIELD_##NAME)

/* X(KIND, the fields that it may have). Scripts do not return SUSPEND: they wait. */
#define VERDICT_FORMS(X)                                                                                               \
    X(PASS, 0)                                                                                                         \
    X(DROP, VERDICT_HAS(CODE) | VERDICT_HAS(TEXT))                                                                     \
    X(MODIFY, VERDICT_HAS(TEXT) | VERDICT_HAS(DATA))                                                                   \
    X(REROUTE, VERDICT_HAS(CHANNEL))                                                                                   \
    X(COPY, VERDICT_HAS(CHANNEL))                                                                                      \
    X(SHADOW, 0)                                                                                                       \
    X(HOLD, VERDICT_HAS(TTL) | VERDICT_HAS(QUEUE) | VERDICT_HAS(REASON))                                               \
    X(MUTE, VERDICT_HAS(TTL) | VERDICT_HAS(USER) | VERDICT_HAS(CHANNEL) | VERDICT_HAS(CODE) | VERDICT_HAS(TEXT))

#define VERDICT_TTL_MAX_S 1e9 /* the bounds in days are the hooks' own */

#endif
