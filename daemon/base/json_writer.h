/*
 * Writes JSON into a growing buffer: for the hot path, where building a tree first would cost more than the rest.
 *
 * Commas are put by the writer. Strings must be UTF-8 (they were checked when they came in); what is not is replaced by
 * U+FFFD, so the output is always valid. `<`, `>`, `&` are left as they are: nobody puts this into HTML. After a lack
 * of memory, `failed` is set and the text is empty. One thread.
 */
#ifndef CARILLON_BASE_JSON_WRITER_H
#define CARILLON_BASE_JSON_WRITER_H

#include <carillon/types.h>

struct json_writer {
    char *text; /* NUL-terminated */
    size_t len, room;
    bool comma, failed;
};

void json_writer_free(struct json_writer *writer);
/* What was written, still the writer's; absent after a failure. */
struct carillon_str json_writer_str(const struct json_writer *writer);
/* Starts again with the same memory. */
void json_writer_reset(struct json_writer *writer);

/* name: the member's name inside an object; NULL inside an array or at the top. */
void json_object_begin(struct json_writer *writer, const char *name);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer, const char *name);
void json_array_end(struct json_writer *writer);
void json_write_str(struct json_writer *writer, const char *name, struct carillon_str value);
/* Nothing is written when the string is absent. */
void json_write_str_if(struct json_writer *writer, const char *name, struct carillon_str value);
void json_write_text(struct json_writer *writer, const char *name, const char *value);
void json_write_int(struct json_writer *writer, const char *name, int64_t value);
void json_write_uint(struct json_writer *writer, const char *name, uint64_t value);
void json_write_bool(struct json_writer *writer, const char *name, bool value);
/* A value that is JSON already. */
void json_write_raw(struct json_writer *writer, const char *name, struct carillon_str json);

#endif
