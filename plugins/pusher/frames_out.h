/*
 * What clients are told: the JSON objects of the protocol. Pure; any thread. Each function adds one to the text.
 */
#ifndef CARILLON_PUSHER_FRAMES_OUT_H
#define CARILLON_PUSHER_FRAMES_OUT_H

#include "text.h"
#include <carillon/transport.h>

/* activity_timeout: seconds. */
void frame_put_established(struct text *text, const char *socket_id, uint64_t activity_timeout);
/* code 0: null. */
void frame_put_error(struct text *text, unsigned code, const char *message);
/* The same once more on the channel, for pages that bind to it there. */
void frame_put_subscription_error(struct text *text, struct carillon_str channel, unsigned status, const char *message);
void frame_put_ping(struct text *text);
void frame_put_pong(struct text *text);
/* The channel tells of no members. */
void frame_put_subscribed(struct text *text, struct carillon_str channel);
/* It does: this, the list of ids, this, the list of what they tell of themselves, this. */
enum frame_list { FRAME_LIST_IDS, FRAME_LIST_HASH };
void frame_put_subscribed_begin(struct text *text, struct carillon_str channel, size_t count);
void frame_put_subscribed_middle(struct text *text);
void frame_put_subscribed_end(struct text *text);
/* Some members of such a list: the most bytes that frame_put_members adds; false: memory was short. */
size_t frame_members_size(const struct carillon_members *members);
bool frame_put_members(struct text *text, const struct carillon_members *members, enum frame_list list);
void frame_put_cache_miss(struct text *text, struct carillon_str channel);
void frame_put_signed_in(struct text *text, struct carillon_str user_data);
/* Users that are online, and users that are not; each part is left out when it is empty. */
void frame_put_watchlist(struct text *text, const struct carillon_str *online, size_t online_count,
                         const struct carillon_str *offline, size_t offline_count);

/* The most bytes that frame_put_event adds. */
size_t frame_event_size(const struct carillon_event *event);
void frame_put_event(struct text *text, const struct carillon_event *event);

#endif
