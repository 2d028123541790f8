/*
 * The points at which scripts take part: those of the hooks (carillon/hook.h), and the moments of a script's own life, which
 * are told, once on each worker, and have no verdict.
 */
#ifndef CARILLON_LUA_POINTS_H
#define CARILLON_LUA_POINTS_H

#include <carillon/hook.h>

/* X(NAME, "name", "help") */
#define SCRIPT_MOMENTS(X)                                                                                              \
    X(START, "start", "The daemon starts.")                                                                            \
    X(RELOAD, "reload", "This set of scripts has taken another's place.")                                              \
    X(STOP, "stop", "The daemon drains, and waits for the function until drain.timeout.")

enum script_moment {
    SCRIPT_MOMENT_NONE, /* a point of the hooks */
#define SCRIPT_X(name, text, help) SCRIPT_MOMENT_##name,
    SCRIPT_MOMENTS(SCRIPT_X)
#undef SCRIPT_X
        SCRIPT_MOMENT_COUNT
};

/* Any thread. The names of both, as scripts write them. */
const char *script_point_name(enum carillon_hook_point point);
const char *script_moment_name(enum script_moment moment);
/* Which is meant; false: none. */
bool script_point_find(const char *name, enum carillon_hook_point *point, enum script_moment *moment);

/* Sets of points, for fields of messages. */
#define POINT_BIT(NAME) (1u << CARILLON_HOOK_##NAME)
#define POINTS_ALL ((1u << CARILLON_HOOK_POINT_COUNT) - 1)
#define POINTS_OF_SESSIONS (POINT_BIT(CONNECT) | POINT_BIT(AUTH))
#define POINTS_OF_BODIES                                                                                               \
    (POINT_BIT(MESSAGE_PUBLISH) | POINT_BIT(MESSAGE_EDIT) | POINT_BIT(MESSAGE_DELIVER) | POINT_BIT(CLIENT_EVENT))
#define POINTS_OF_ACTIONS                                                                                              \
    (POINT_BIT(MESSAGE_PUBLISH) | POINT_BIT(MESSAGE_EDIT) | POINT_BIT(MESSAGE_DELETE) | POINT_BIT(TYPING) |            \
     POINT_BIT(CLIENT_EVENT))

#endif
