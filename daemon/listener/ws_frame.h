/*
 * Server-to-client WebSocket frames (RFC 6455, RFC 7692), built once and sent to many. Pure; any thread.
 */
#ifndef CARILLON_LISTENER_WS_FRAME_H
#define CARILLON_LISTENER_WS_FRAME_H

#include "base/buffer.h"

/* Longer messages become fragments of this many bytes, header included, so that whole frames fit one write. */
enum { WS_FRAME_MAX = 16384, WS_DEFLATE_MIN = 128 };

/* The message as one or more text frames; NULL when memory is short. */
struct buffer *ws_frame_build_text(const char *payload, size_t len);
/* A piece of a message that is sent in several: the first has its type, the last its end. */
struct buffer *ws_frame_build_piece(const char *payload, size_t len, bool first, bool last);
/* What frames made here hold: returns how many bytes, and writes them where out is not NULL. */
size_t ws_frame_unwrap(const struct buffer *frames, char *out);
/* The same compressed without context (raw deflate, 15 bits, RSV1 on the first frame); NULL when memory is short or it would
   not be smaller. Uses a compressor of the calling thread, freed by ws_frame_free_thread. */
struct buffer *ws_frame_build_deflated(const char *payload, size_t len);
void ws_frame_free_thread(void);

#endif
