/*
 * What clients of carillon.v1 send (README.md): one frame in, one request out. Pure; any thread.
 *
 * A frame's fields and their types stand in two tables. What is not in them is ignored; values are the host's to judge.
 */
#ifndef CARILLON_WEBSOCKET_CODEC_H
#define CARILLON_WEBSOCKET_CODEC_H

#include <carillon/transport.h>

#include <jansson.h>

enum { REQUEST_ID_MAX = 64, REQUEST_ID_ROOM = REQUEST_ID_MAX * 6 + 2, REQUEST_DETAIL_ROOM = 128 };

/* X(NAME, "name", type, member of struct request) */
#define REQUEST_FIELDS(X)                                                                                              \
    X(TOKEN, "token", STRING, token)                                                                                   \
    X(CHANNEL, "channel", STRING, channel)                                                                             \
    X(EPOCH, "epoch", STRING, epoch)                                                                                   \
    X(POS, "pos", NUMBER, pos)                                                                                         \
    X(CLIENT_ID, "client_id", STRING, client_id)                                                                       \
    X(EVENT, "event", STRING, event)                                                                                   \
    X(TEXT, "text", STRING, text)                                                                                      \
    X(DATA, "data", JSON, data)                                                                                        \
    X(REPLY_TO, "reply_to", STRING, reply_to)                                                                          \
    X(MENTIONS, "mentions", STRINGS, mentions)                                                                         \
    X(ACTIVE, "active", BOOL, active)

enum request_field {
#define REQUEST_X(name, text, type, member) REQUEST_##name,
    REQUEST_FIELDS(REQUEST_X)
#undef REQUEST_X
        REQUEST_FIELD_COUNT
};

#define REQUEST_BIT(field) (1u << REQUEST_##field)

/* X(NAME, "type", fields it must have, fields it may have) */
#define REQUEST_TYPES(X)                                                                                               \
    X(CONNECT, "connect", REQUEST_BIT(TOKEN), 0)                                                                       \
    X(REFRESH, "refresh", REQUEST_BIT(TOKEN), 0)                                                                       \
    X(SUBSCRIBE, "subscribe", REQUEST_BIT(CHANNEL), REQUEST_BIT(EPOCH) | REQUEST_BIT(POS))                             \
    X(UNSUBSCRIBE, "unsubscribe", REQUEST_BIT(CHANNEL), 0)                                                             \
    X(PUBLISH, "publish", REQUEST_BIT(CHANNEL),                                                                        \
      REQUEST_BIT(CLIENT_ID) | REQUEST_BIT(EVENT) | REQUEST_BIT(TEXT) | REQUEST_BIT(DATA) | REQUEST_BIT(REPLY_TO) |    \
          REQUEST_BIT(MENTIONS))                                                                                       \
    X(TYPING, "typing", REQUEST_BIT(CHANNEL) | REQUEST_BIT(ACTIVE), 0)                                                 \
    X(READ, "read", REQUEST_BIT(CHANNEL) | REQUEST_BIT(POS), 0)                                                        \
    X(PRESENCE, "presence", REQUEST_BIT(CHANNEL), 0)                                                                   \
    X(PING, "ping", 0, 0)

enum request_type {
#define REQUEST_X(name, text, must, may) REQUEST_TYPE_##name,
    REQUEST_TYPES(REQUEST_X)
#undef REQUEST_X
        REQUEST_TYPE_COUNT
};

struct request {
    enum request_type type;
    struct carillon_str id; /* as JSON, to be repeated; absent if it had none */
    unsigned fields;        /* a bit for each that is there */
    struct carillon_str token, channel, epoch, client_id, event, text, reply_to;
    struct carillon_str data; /* JSON as the client wrote it, without white space */
    struct carillon_str *mentions;
    size_t mention_count;
    uint64_t pos;
    bool active;
    struct carillon_failure failure; /* of a frame that is no request */

    json_t *tree; /* the strings are its */
    char *data_copy;
    char id_copy[REQUEST_ID_ROOM + 1], detail[REQUEST_DETAIL_ROOM];
};

static inline bool request_has(const struct request *request, enum request_field field)
{
    return request->fields & 1u << field;
}

/* False: failure tells what is wrong, and id is set if there was a good one. Freed in either case; not copied, since it
   points into itself. depth_max: levels that may be nested, the frame's own object counted. */
bool request_parse(struct request *request, const char *json, size_t len, size_t depth_max);
void request_free(struct request *request);

#endif
