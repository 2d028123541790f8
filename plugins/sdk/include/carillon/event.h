/*
 * What is delivered: one immutable event, made once on the channel's home and shared by all workers and codecs.
 */
#ifndef CARILLON_EVENT_H
#define CARILLON_EVENT_H

#include <carillon/message.h>

struct carillon_event {
    enum carillon_event_type type;
    struct carillon_str app, channel;
    struct carillon_str epoch; /* absent when the event has no pos */
    uint64_t pos;              /* 0: a passing event, or one of an unstored channel without a ring */
    int64_t at_ms;
    struct carillon_str name;   /* the event's name on the wire: "message.new", or an application's own for EVENT */
    struct carillon_str data;   /* a JSON value: Carillon's common form of the change (daemon/message/README.md), or the
                                   application's own data for EVENT; "null" if it had none */
    struct carillon_user actor; /* who caused it; absent if nobody of the app did */
    carillon_handle origin;     /* the session that caused it and must not get it (client events), or 0 */
    struct carillon_str routed; /* the channel by which it was routed: "#user-ada" where `channel` says "#user" */
    struct carillon_str info;   /* PRESENCE_*: what the member tells of itself (JSON); may be absent */
    uint64_t count;             /* SUBSCRIBERS: how many there are */
};

/*
 * How a transport writes events. encode is called once an event, on any worker, for all receivers, and must depend on
 * nothing but the event. It takes memory with carillon_host.encode_alloc(size) (one call, the upper bound) and sets *len
 * to what it wrote there.
 *   CARILLON_OK        written
 *   CARILLON_DECLINED  receivers of this codec do not get this event
 */
enum carillon_framing {
    CARILLON_FRAMING_NONE,    /* bytes as they are (SSE) */
    CARILLON_FRAMING_WS_TEXT, /* the host puts a WebSocket text frame around them, and compresses them once where
                                 permessage-deflate was agreed */
};

struct carillon_encode; /* the host's: where the bytes go */

/* Some members of a presence channel, next to each other in its list. */
struct carillon_members {
    const struct carillon_user *users;
    const struct carillon_str *infos; /* of each: what it tells of itself (JSON), or absent */
    size_t count;                     /* one at least */
    bool first;                       /* the list begins with them */
};

/* A transport may tell members in so many lists, such as of ids and of what they tell of themselves. */
enum { CARILLON_MEMBER_LISTS = 2 };

struct carillon_codec {
    size_t size;
    const char *name;
    enum carillon_framing framing;
    enum carillon_result (*encode)(const struct carillon_event *event, struct carillon_encode *out);
    /* Writes these members for one of the lists; like encode, once for all who are told. NULL: it gets
       carillon_subscribed.users instead. */
    enum carillon_result (*encode_members)(const struct carillon_members *members, unsigned list,
                                           struct carillon_encode *out);
};

#endif
