/*
 * Builds text: in memory of its own that grows, or in memory that was given and is known to suffice. Pure; any thread.
 *
 * After a lack of memory `failed` is set and nothing more is written, so that only the end needs a check.
 */
#ifndef CARILLON_WIRE_TEXT_H
#define CARILLON_WIRE_TEXT_H

#include <carillon/types.h>

struct text {
    char *bytes;
    size_t len, room;
    bool given, failed;
};

/* Writes into memory of the caller's; what does not fit makes it fail. */
struct text text_in(void *bytes, size_t room);
void text_free(struct text *text);
/* What was written, good until the text changes or is freed; absent after a failure. */
struct carillon_str text_str(const struct text *text);

void text_put(struct text *text, const char *bytes, size_t len);
void text_put_cstr(struct text *text, const char *string);
void text_put_uint(struct text *text, uint64_t value);
void text_put_int(struct text *text, int64_t value);
/* The string as JSON, quotes included: at most TEXT_JSON_STR_MAX(len) bytes. It must be UTF-8. */
void text_put_json_str(struct text *text, struct carillon_str string);
/* Without the quotes: a piece of a JSON string. */
void text_put_json_inside(struct text *text, struct carillon_str string);
/* A JSON value as it is, but on one line: a line break between tokens becomes a space. Absent: null. */
void text_put_json(struct text *text, struct carillon_str json);

#define TEXT_JSON_STR_MAX(len) ((len)*6 + 2)

#endif
