/*
 * What clients send: one frame in, one request out. Pure; any thread. The values are for others to judge.
 */
#ifndef CARILLON_PUSHER_FRAMES_IN_H
#define CARILLON_PUSHER_FRAMES_IN_H

#include <carillon/types.h>

#include <jansson.h>

enum { FRAME_DEPTH_MAX = 32 };

/* X(NAME, "event"): the last takes what begins with "client-". */
#define FRAME_KINDS(X)                                                                                                 \
    X(SUBSCRIBE, "pusher:subscribe")                                                                                   \
    X(UNSUBSCRIBE, "pusher:unsubscribe")                                                                               \
    X(SIGNIN, "pusher:signin")                                                                                         \
    X(PING, "pusher:ping")                                                                                             \
    X(PONG, "pusher:pong")                                                                                             \
    X(CLIENT_EVENT, "client-")

enum frame_kind {
    FRAME_MALFORMED,
    FRAME_UNSUPPORTED, /* an event that clients do not send */
#define FRAME_X(name, text) FRAME_##name,
    FRAME_KINDS(FRAME_X)
#undef FRAME_X
        FRAME_KIND_COUNT
};

struct frame_in {
    enum frame_kind kind;
    const char *problem; /* MALFORMED: what is wrong */
    struct carillon_str event, channel;
    struct carillon_str auth, channel_data, user_data; /* absent if they are missing */
    struct carillon_str data;                          /* CLIENT_EVENT: JSON as it was written, without white space */

    json_t *tree, *inner; /* the strings are theirs */
    char *data_copy;
};

/* Freed in either case. */
void frame_in_parse(struct frame_in *frame, const char *json, size_t len);
void frame_in_free(struct frame_in *frame);

/* Who a presence subscription or a sign-in is of, from its JSON (channel_data, user_data). */
enum { MEMBER_ID_MAX = 128, MEMBER_NAME_MAX = 80, WATCHLIST_PARSE_MAX = 1000 };

struct member {
    const char *problem;      /* NULL: it is good */
    struct carillon_str id;   /* a number is told as a string */
    struct carillon_str name; /* user_info.name if that is short and plain, else the id */
    struct carillon_str info; /* user_info as it was written; absent if there is none */
    struct carillon_str watchlist[WATCHLIST_PARSE_MAX];
    size_t watch_count;
    bool watch_cut; /* there were more */

    json_t *tree;
    char id_copy[24];
    char *info_copy;
};

/* key: "user_id" or "id". info_max: bytes. watch_max: at most WATCHLIST_PARSE_MAX. */
void member_parse(struct member *member, struct carillon_str json, const char *key, size_t info_max, size_t watch_max);
void member_free(struct member *member);

#endif
