/*
 * What clients are told: the JSON objects of the protocol. Pure; any thread. Each function adds one to the text.
 */
#ifndef CARILLON_PUSHER_FRAMES_OUT_H
#define CARILLON_PUSHER_FRAMES_OUT_H

#include "text.h"

/* activity_timeout: seconds. */
void frame_put_established(struct text *text, const char *socket_id, uint64_t activity_timeout);
/* code 0: null. */
void frame_put_error(struct text *text, unsigned code, const char *message);

#endif
