#include "api/input.h"
#include "base/arena.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "channel/channel.h"
#include "listener/http.h"
#include "session/limits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_MAX = 160 };

/* ---- the body ---- */

/* Deeper than is allowed? Counted before parsing, as the parser recurses. Quotes are honoured; validity is not judged. */
static bool too_deep(struct carillon_str body)
{
    size_t depth = 0, max = session_json_depth();
    bool quoted = false;
    for (size_t i = 0; i < body.len; i++) {
        char c = body.ptr[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if ((c == '{' || c == '[') && ++depth > max) {
            return true;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return false;
}

enum error_code input_parse(struct carillon_str body, json_t **object)
{
    json_error_t why;
    *object = NULL;
    if (body.len == 0) {
        *object = json_object();
        return *object ? ERROR_NONE : ERROR_BUSY;
    }
    if (too_deep(body))
        return ERROR_TOO_DEEP;
    json_t *value = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!value)
        return json_error_code(&why) == json_error_invalid_utf8 ? ERROR_INVALID_UTF8 : ERROR_INVALID_JSON;
    if (!json_is_object(value)) {
        json_decref(value);
        return ERROR_INVALID_REQUEST;
    }
    *object = value;
    return ERROR_NONE;
}

/* ---- problems ---- */

void input_wrong(struct call *call, const char *field, const char *format, ...)
{
    char detail[DETAIL_MAX];
    va_list args;
    if (call->error_count == CALL_ERRORS_MAX)
        return;
    va_start(args, format);
    int len = vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    size_t used = len < 0 ? 0 : len < DETAIL_MAX ? (size_t)len : DETAIL_MAX - 1;
    call->errors[call->error_count++] = (struct field_error){ field, arena_str(call->arena,
                                                                               (struct carillon_str){ detail, used }) };
}

bool input_check(struct call *call)
{
    const char *left;
    json_t *value;
    json_object_foreach(call->body, left, value)
    {
        struct carillon_str copy = arena_str(call->arena, (struct carillon_str){ left, strlen(left) });
        input_wrong(call, copy.ptr ? copy.ptr : "", "there is no such field");
    }
    return call->error_count == 0;
}

bool input_end(struct call *call)
{
    if (input_check(call))
        return true;
    call_fail_fields(call, ERROR_INVALID_REQUEST);
    return false;
}

/* ---- fields ---- */

bool input_has(const struct call *call, const char *field)
{
    return json_object_get(call->body, field) != NULL;
}

/* Takes the field out of the body: a reference for the caller, or NULL, which is noted where it is required. */
static json_t *take(struct call *call, const char *field, enum field_need need)
{
    json_t *value = json_incref(json_object_get(call->body, field));
    json_object_del(call->body, field);
    if (!value && need == REQUIRED)
        input_wrong(call, field, "this is required");
    return value;
}

static struct carillon_str check_length(struct call *call, const char *field, struct carillon_str str, size_t min,
                                        size_t max)
{
    if (str.len >= min && str.len <= max)
        return arena_str(call->arena, str);
    if (str.len < min)
        input_wrong(call, field, min == 1 ? "this must not be empty" : "at least %zu bytes are needed", min);
    else
        input_wrong(call, field, "at most %zu bytes are allowed", max);
    return (struct carillon_str){ 0 };
}

struct carillon_str input_str(struct call *call, const char *field, enum field_need need, size_t min, size_t max)
{
    struct carillon_str str = { 0 };
    json_t *value = take(call, field, need);
    if (json_is_string(value))
        str = check_length(call, field, (struct carillon_str){ json_string_value(value), json_string_length(value) },
                           min, max);
    else if (value)
        input_wrong(call, field, "this must be a string");
    json_decref(value);
    return str;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct carillon_str input_line(struct call *call, const char *field, enum field_need need, size_t max)
{
    struct carillon_str str = { 0 };
    json_t *value = take(call, field, need);
    if (json_is_string(value)) {
        str = (struct carillon_str){ json_string_value(value), json_string_length(value) };
        for (; str.len && is_space(str.ptr[0]); str.len--)
            str.ptr++;
        while (str.len && is_space(str.ptr[str.len - 1]))
            str.len--;
        str = check_length(call, field, str, 1, max);
        if (str.ptr && !text_is_plain_line(str))
            input_wrong(call, field, "control characters and invisible ones are not allowed");
    } else if (value) {
        input_wrong(call, field, "this must be a string");
    }
    json_decref(value);
    return str;
}

int64_t input_int(struct call *call, const char *field, int64_t def, int64_t min, int64_t max)
{
    json_t *value = take(call, field, OPTIONAL);
    int64_t result = json_is_integer(value) ? json_integer_value(value) : def;
    if (value && !json_is_integer(value))
        input_wrong(call, field, "this must be a whole number");
    else if (value && (result < min || result > max))
        input_wrong(call, field, "this must be from %" PRId64 " to %" PRId64, min, max);
    json_decref(value);
    return result;
}

bool input_bool(struct call *call, const char *field, bool def)
{
    json_t *value = take(call, field, OPTIONAL);
    bool result = json_is_boolean(value) ? json_is_true(value) : def;
    if (value && !json_is_boolean(value))
        input_wrong(call, field, "this must be true or false");
    json_decref(value);
    return result;
}

/* As it was written: a tree has no 0.10 and no 2^64. */
static struct carillon_str copy_written(struct call *call, struct carillon_str written)
{
    char *copy = call_alloc(call, written.len + 1);
    return (struct carillon_str){ copy, copy ? json_scan_compact(written, copy) : 0 };
}

static struct carillon_str copy_tree(struct call *call, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    struct carillon_str copy = text ? call_str(call, (struct carillon_str){ text, strlen(text) })
                                    : (struct carillon_str){ 0 };
    free(text);
    return copy;
}

struct carillon_str input_json(struct call *call, const char *field, enum field_need need, size_t max)
{
    struct carillon_str str = { 0 };
    json_t *value = take(call, field, need);
    if (value) {
        struct carillon_str written = json_scan_member(call->text, field);
        str = written.ptr ? copy_written(call, written) : copy_tree(call, value);
    }
    bool kept = !value || str.ptr;
    json_decref(value);
    if (kept && str.len <= max)
        return str;
    input_wrong(call, field, "at most %zu bytes are allowed", max);
    return (struct carillon_str){ 0 };
}

json_t *input_object(struct call *call, const char *field)
{
    json_t *value = take(call, field, OPTIONAL);
    if (!value || json_is_object(value))
        return value;
    input_wrong(call, field, "this must be an object");
    json_decref(value);
    return NULL;
}

struct carillon_str *input_user_ids(struct call *call, const char *field, size_t max, size_t *count)
{
    json_t *list = take(call, field, OPTIONAL), *each;
    size_t i, n = json_array_size(list);
    *count = 0;
    if (list && !json_is_array(list))
        input_wrong(call, field, "this must be a list of user ids");
    else if (n > max)
        input_wrong(call, field, "at most %zu are allowed", max);
    struct carillon_str *ids = n && n <= max ? call_alloc(call, n * sizeof *ids) : NULL;
    if (ids) {
        json_array_foreach(list, i, each)
        {
            struct carillon_str id = { json_string_value(each), json_string_length(each) };
            if (!json_is_string(each) || !user_id_valid(id)) {
                input_wrong(call, field, "entry %zu is no user id", i + 1);
                break;
            }
            ids[(*count)++] = arena_str(call->arena, id);
        }
    }
    json_decref(list);
    return ids;
}

/* ---- names ---- */

static void check_channel(struct call *call, const char *field, struct carillon_str channel)
{
    if (!channel_name_valid(channel) || channel_kind(channel) == CHANNEL_RESERVED)
        input_wrong(call, field, "a channel's name has 1 to 164 of the characters A-Z a-z 0-9 _ - = @ , . ;");
}

struct carillon_str input_channel(struct call *call, const char *field, enum field_need need)
{
    struct carillon_str channel = input_str(call, field, need, 1, 164);
    if (channel.ptr)
        check_channel(call, field, channel);
    return channel;
}

struct carillon_str path_channel(struct call *call)
{
    check_channel(call, "channel", call->captures[0]);
    return call->captures[0];
}

struct carillon_str path_user(struct call *call, size_t capture)
{
    if (!user_id_valid(call->captures[capture]))
        input_wrong(call, "user", "this is no user id");
    return call->captures[capture];
}

/* ---- the query ---- */

struct carillon_str query_str(struct call *call, const char *name, size_t max)
{
    struct carillon_str value = http_query(call->request, name);
    if (!value.ptr)
        return value;
    if (utf8_is_valid(value.ptr, value.len) && !memchr(value.ptr, '\0', value.len))
        return check_length(call, name, value, 0, max);
    input_wrong(call, name, "this is not valid UTF-8");
    return (struct carillon_str){ 0 };
}

uint64_t query_uint(struct call *call, const char *name, uint64_t def, uint64_t max)
{
    struct carillon_str value = http_query(call->request, name);
    uint64_t number = 0;
    if (!value.ptr)
        return def;
    bool good = value.len >= 1 && value.len <= 19;
    for (size_t i = 0; i < value.len && good; i++) {
        good = value.ptr[i] >= '0' && value.ptr[i] <= '9';
        number = number * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    if (good && number <= max)
        return number;
    input_wrong(call, name, "this must be a whole number from 0 to %" PRIu64, max);
    return def;
}

uint32_t query_limit(struct call *call)
{
    uint64_t limit = query_uint(call, "limit", LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX);
    if (limit == 0)
        input_wrong(call, "limit", "this must be at least 1");
    return (uint32_t)limit;
}
