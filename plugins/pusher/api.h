/*
 * The HTTP API that an app's own server signs. On the worker that got the request; an answer may come later.
 *
 *   api.c           routes; a request is authenticated, then handed to its row's function
 *   api_auth.c      whether it is signed as it must be; pure
 *   api_params.c    the query's parameters; pure
 *   api_replays.c   signatures that were seen
 *   api_events.c    events and batches
 *   api_channels.c  channels, one channel, its users
 *   api_users.c     what concerns one user
 */
#ifndef CARILLON_PUSHER_API_H
#define CARILLON_PUSHER_API_H

#include "api_params.h"
#include "channel_name.h"
#include "pusher.h"
#include "text.h"

enum { API_BODY_MAX = 4 * 1024 * 1024 };

/* What a request asks for, while its function runs. */
struct api_call {
    const struct carillon_app *app;
    const struct carillon_http_request *request;
    struct params params;
};

typedef void (*api_fn)(struct api_call *call);

/* api.c: registers all routes below "" and below the prefix. */
enum carillon_result api_add(const char *prefix);

/* Answers. Handles may be stale by then. */
void api_reply(carillon_handle request, struct text *json);
void api_reply_empty(carillon_handle request); /* {} */
void api_refuse(carillon_handle request, unsigned status, const char *why);
void api_refuse_failure(carillon_handle request, const struct carillon_failure *failure);

void api_events(struct api_call *call);
void api_batch(struct api_call *call);
void api_channels(struct api_call *call);
void api_channel(struct api_call *call);
void api_channel_users(struct api_call *call);
void api_user_events(struct api_call *call);
void api_user_terminate(struct api_call *call);

/* The n-th capture of the route's pattern. */
struct carillon_str api_capture(const struct api_call *call, size_t n);

/* X(NAME, "name"): what can be asked about a channel. */
#define API_INFOS(X)                                                                                                   \
    X(USER_COUNT, "user_count")                                                                                        \
    X(SUBSCRIPTION_COUNT, "subscription_count")                                                                        \
    X(CACHE, "cache")

enum api_info {
#define API_X(name, text) API_INFO_##name,
    API_INFOS(API_X)
#undef API_X
        API_INFO_COUNT
};

/* A bit for each; false: there is an unknown one. */
bool api_info_parse(struct carillon_str list, unsigned *infos);
/* Does it apply to a channel of this name? */
bool api_info_applies(enum api_info info, const struct channel_name *name);
/* Adds those that apply as members, each behind a comma unless first. */
void api_info_put(struct text *text, unsigned infos, const struct channel_name *name,
                  const struct carillon_channel_facts *facts, bool first);

#endif
