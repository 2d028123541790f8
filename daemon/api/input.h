/*
 * Reading and checking what a request says. Problems are noted, all of them; input_end tells the client.
 *
 * Fields leave call->body as they are read: what is left at the end is unknown, and an error. Strings are copies in the
 * call's arena. During the handler's first call only, since the query is read from the request.
 */
#ifndef CARILLON_API_INPUT_H
#define CARILLON_API_INPUT_H

#include "api/call.h"

enum field_need { OPTIONAL, REQUIRED };

/* The body as an object; ERROR_NONE and *object, or what is wrong. An empty body is an empty object. */
enum error_code input_parse(struct carillon_str body, json_t **object);

/* The names of the fields are literals. Lengths in bytes. Absent (0, false, def) when missing or wrong. */
struct carillon_str input_str(struct call *call, const char *field, enum field_need need, size_t min, size_t max);
/* The same without white space at both ends, and one line (session/identity.h). */
struct carillon_str input_line(struct call *call, const char *field, enum field_need need, size_t max);
int64_t input_int(struct call *call, const char *field, int64_t def, int64_t min, int64_t max);
bool input_bool(struct call *call, const char *field, bool def);
/* Any JSON value as it was written, without white space between its tokens. */
struct carillon_str input_json(struct call *call, const char *field, enum field_need need, size_t max);
/* An object; the caller's reference, or NULL. */
json_t *input_object(struct call *call, const char *field);
struct carillon_str *input_user_ids(struct call *call, const char *field, size_t max, size_t *count);
bool input_has(const struct call *call, const char *field);

/* Parameters of the query. */
struct carillon_str query_str(struct call *call, const char *name, size_t max);
uint64_t query_uint(struct call *call, const char *name, uint64_t def, uint64_t max);
uint32_t query_limit(struct call *call);

/* Captures of the path, checked. */
struct carillon_str path_channel(struct call *call);
struct carillon_str path_user(struct call *call, size_t capture);
/* Channel and user names in the body. */
struct carillon_str input_channel(struct call *call, const char *field, enum field_need need);

/* Notes a problem; format gives the detail. */
void input_wrong(struct call *call, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Is all as it should be? Fields that nobody asked for are noted. */
bool input_check(struct call *call);
/* True: go on. False: the call has been answered. */
bool input_end(struct call *call);

#endif
