/*
 * What the daemon tells clients of the protocol carillon.v1 (plugins/websocket/README.md): the JSON objects that the
 * WebSocket sends as frames and SSE as data lines. Pure; any thread.
 *
 * Each function adds one object to the text. id is the request's as JSON; absent: the answer carries none.
 */
#ifndef CARILLON_WIRE_FRAMES_H
#define CARILLON_WIRE_FRAMES_H

#include "text.h"
#include <carillon/transport.h>

enum { FRAMES_PING_INTERVAL_MS = 25000 };

/* ping: tell the interval in which the client should ping. */
void frame_put_connected(struct text *text, struct carillon_str id, carillon_handle session,
                         const struct carillon_identity *identity, bool ping);
void frame_put_refreshed(struct text *text, struct carillon_str id, const struct carillon_identity *identity);
void frame_put_subscribed(struct text *text, struct carillon_str id, const struct carillon_subscribed *what);
/* why NULL: the client asked for it. */
void frame_put_unsubscribed(struct text *text, struct carillon_str id, struct carillon_str channel,
                            const struct carillon_failure *why);
void frame_put_published(struct text *text, struct carillon_str id, const struct carillon_published *what);
/* members: a JSON object with what the answer says besides its type and id. */
void frame_put_answer(struct text *text, const char *type, struct carillon_str id, struct carillon_str members);
void frame_put_pong(struct text *text, struct carillon_str id);
void frame_put_error(struct text *text, struct carillon_str id, const struct carillon_failure *failure);
void frame_put_closing(struct text *text, const struct carillon_failure *why, int64_t reconnect_after_ms);

/* The most bytes that frame_put_event adds. */
size_t frame_event_size(const struct carillon_event *event);
void frame_put_event(struct text *text, const struct carillon_event *event);

#endif
