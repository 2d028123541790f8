/*
 * The cursor that a client keeps as its last event id: who it is and its place in each channel of its request.
 *
 *   1~<sealed identity>~<epoch>.<pos>~~<epoch>.<pos>
 *
 * One place a channel, in the request's order; an empty one where there is none (an unstored channel, a refused one). Only
 * the identity is signed: a place is a claim, like that of a WebSocket's subscribe, and another list of channels meets
 * other epochs. All of it is unreserved in URLs. Pure; any thread.
 */
#ifndef CARILLON_SSE_CURSOR_H
#define CARILLON_SSE_CURSOR_H

#include "text.h"
#include <carillon/transport.h>

enum { CURSOR_PLACES_MAX = 50, CURSOR_MAX = CARILLON_FLUSH_ROOM, CURSOR_EPOCH_MAX = 32 };

struct cursor_place {
    struct carillon_str epoch; /* absent or empty: none */
    uint64_t pos;
};

struct cursor {
    struct carillon_str sealed;
    struct cursor_place places[CURSOR_PLACES_MAX];
    size_t place_count;
    char text[CURSOR_MAX + 1]; /* what the strings point into; a cursor is not copied */
};

void cursor_put(struct text *text, struct carillon_str sealed, const struct cursor_place *places, size_t n);
/* False: it is no cursor of ours. */
bool cursor_parse(struct cursor *cursor, struct carillon_str text);

#endif
