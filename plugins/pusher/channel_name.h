/*
 * What a channel's name says: the prefix alone decides. Pure; any thread.
 */
#ifndef CARILLON_PUSHER_CHANNEL_NAME_H
#define CARILLON_PUSHER_CHANNEL_NAME_H

#include <carillon/types.h>

enum { PUSHER_CHANNEL_NAME_MAX = 164 };

#define SERVER_TO_USER "#server-to-user-"
/* Where it is told that public conversations begin or are renamed, as on every transport. Nobody can trigger there. */
#define CONVERSATIONS "#conversations"

struct channel_name {
    bool valid;     /* else nothing below counts */
    bool authorise; /* "private-", "presence-": a subscription needs a signature */
    bool presence, encrypted, cache;
    bool conversations;       /* CONVERSATIONS */
    struct carillon_str user; /* "#server-to-user-ada": "ada"; else absent */
};

struct channel_name channel_name_parse(struct carillon_str name);
/* The same, of what can be subscribed to: CONVERSATIONS too. */
struct channel_name channel_name_parse_subscribed(struct carillon_str name);

#endif
