/*
 * The lines of the HTTP fallback, as pusher-js reads and writes them. Pure; any thread.
 *
 *   o                 the session is open
 *   a["<frame>",...]  frames of the protocol
 *   h                 nothing happened
 *   c[code,"reason"]  it is closed
 */
#ifndef CARILLON_PUSHER_FALLBACK_LINES_H
#define CARILLON_PUSHER_FALLBACK_LINES_H

#include "text.h"

#include <jansson.h>

#define LINE_OPEN CARILLON_STR("o\n")
#define LINE_HEARTBEAT CARILLON_STR("h\n")

/* pusher-js leaves an answer that is longer than this, counted as JavaScript counts characters, for a new one. Nothing may
   follow the line that passes it, since that would be lost. */
enum { ANSWER_UNITS_MAX = 256 * 1024 };

/* The most bytes that line_put_frame adds: what JSON writers wrote has nothing to escape but quotes and backslashes. */
#define LINE_FRAME_MAX(len) (2 * (len) + 6)

void line_put_frame(struct text *text, struct carillon_str frame);
void line_put_close(struct text *text, unsigned code, struct carillon_str reason);
/* How long JavaScript says that this is: UTF-16 units. */
size_t line_count_units(struct carillon_str utf8);

/* What xhr_send carries: an array of strings. NULL: it is something else. Freed by json_decref. */
json_t *frames_parse(struct carillon_str body);

#endif
