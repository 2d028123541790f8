/*
 * What one session may do, from the configuration's `limits`. Read by every worker; a reload replaces it as a whole.
 */
#ifndef CARILLON_SESSION_LIMITS_H
#define CARILLON_SESSION_LIMITS_H

#include "config/config.h"

struct session_limits {
    uint32_t subscriptions;
    uint32_t publish_burst, publish_rate; /* messages and events; rate: a second */
    uint32_t passing_burst, passing_rate; /* typing, read marks, presence */
    uint32_t held;                        /* that may wait for a moderator, in one queue of a conversation */
    size_t queue;                         /* bytes that may wait for one reader */
    int64_t unauthenticated_ms;
    size_t json_depth; /* levels */
    int64_t idle_ms;   /* a WebSocket's silence; it is pinged at half of it */
};

/* Main thread; again at a reload. */
void session_limits_configure(const struct config *config);
const struct session_limits *session_limits(void);
/* Any thread, for plugins too: the levels of JSON that a client may nest. */
size_t session_json_depth(void);

#endif
