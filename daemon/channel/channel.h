/*
 * Channels: order, recent events and presence live on the channel's home; each worker keeps who of its own sessions
 * subscribes (fanout/topic.h).
 *
 * home_of is the only place that knows which worker is a channel's home. All other functions say on which worker they run.
 */
#ifndef CARILLON_CHANNEL_CHANNEL_H
#define CARILLON_CHANNEL_CHANNEL_H

#include "session/app.h"
#include <carillon/transport.h>

/* Any thread. A reload that makes other app objects keeps their names, and so the homes. */
unsigned home_of(const struct app *app, struct carillon_str channel);

/* What a name's prefix says; the same on every transport. */
enum channel_kind { CHANNEL_PUBLIC, CHANNEL_PRIVATE, CHANNEL_PRESENCE, CHANNEL_RESERVED /* '#' */ };
enum channel_kind channel_kind(struct carillon_str name);
/* One that keeps its newest event for those who come later: "cache-...", and behind "private-" and the like. */
bool channel_is_cached(struct carillon_str name);
/* 1 to 164 bytes of [A-Za-z0-9_\-=@,.;], or a reserved name ("#user", "#conversations"). */
enum { CHANNEL_NAME_MAX = 164 };
bool channel_name_valid(struct carillon_str name);

/* By which a person's own channel is routed; clients read it as "#user". Written to room. */
enum { PERSONAL_NAME_SIZE = 160 };
struct carillon_str channel_name_personal(char room[PERSONAL_NAME_SIZE], struct carillon_str user);

/* Who is on a channel just now, for the HTTP API and transports: answered on the calling worker; users live during the call. */
void channel_query_presence(const struct app *app, struct carillon_str channel,
                            void (*done)(void *arg, const struct carillon_user *users, size_t n), void *arg);

#endif
