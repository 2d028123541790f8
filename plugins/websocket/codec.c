#include "codec.h"
#include "scan.h"
#include "text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum field_type { FIELD_STRING, FIELD_NUMBER, FIELD_BOOL, FIELD_STRINGS, FIELD_JSON };

static const struct {
    const char *name;
    enum field_type type;
    size_t member;
} fields[] = {
#define REQUEST_X(name, text, type, member) { text, FIELD_##type, offsetof(struct request, member) },
    REQUEST_FIELDS(REQUEST_X)
#undef REQUEST_X
};

static const char *const field_types[] = {
    [FIELD_STRING] = "a string",    [FIELD_NUMBER] = "an integer from 0 to 2^53 - 1",
    [FIELD_BOOL] = "true or false", [FIELD_STRINGS] = "an array of strings",
    [FIELD_JSON] = "JSON",
};

static const struct {
    const char *name;
    unsigned must, may;
} types[] = {
#define REQUEST_X(name, text, must, may) { text, must, may },
    REQUEST_TYPES(REQUEST_X)
#undef REQUEST_X
};

#define INTEGER_MAX ((json_int_t)9007199254740991) /* 2^53 - 1: what every JSON reader keeps */

__attribute__((format(printf, 3, 4))) static bool refuse(struct request *request, const char *code, const char *format,
                                                         ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(request->detail, sizeof request->detail, format, args);
    va_end(args);
    if (len >= (int)sizeof request->detail)
        len = sizeof request->detail - 1;
    request->failure = (struct carillon_failure){ code, 400, { request->detail, (size_t)len }, false };
    return false;
}

static bool refuse_memory(struct request *request)
{
    refuse(request, "internal", "the server is short of memory");
    request->failure.status = 500;
    request->failure.retry = true;
    return false;
}

static struct carillon_str string_of(const json_t *value)
{
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

static bool is_integer(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= INTEGER_MAX;
}

static bool take_id(struct request *request)
{
    const json_t *id = json_object_get(request->tree, "id");
    if (!id)
        return true;
    struct text text = text_in(request->id_copy, sizeof request->id_copy - 1);
    if (is_integer(id))
        text_put_uint(&text, (uint64_t)json_integer_value(id));
    else if (json_is_string(id) && json_string_length(id) <= REQUEST_ID_MAX)
        text_put_json_str(&text, string_of(id));
    else
        return refuse(request, "invalid_request",
                      "id must be an integer from 0 to 2^53 - 1 or a string of at most %d bytes", REQUEST_ID_MAX);
    request->id = text_str(&text);
    request->id_copy[text.len] = '\0';
    return true;
}

static bool take_type(struct request *request)
{
    const char *name = json_string_value(json_object_get(request->tree, "type"));
    if (!name)
        return refuse(request, "invalid_request", "type is missing or no string");
    for (size_t i = 0; i < REQUEST_TYPE_COUNT; i++) {
        if (strcmp(types[i].name, name) == 0) {
            request->type = (enum request_type)i;
            return true;
        }
    }
    return refuse(request, "invalid_request", "unknown type");
}

static bool take_strings(struct request *request, const json_t *array)
{
    size_t count = json_is_array(array) ? json_array_size(array) : 0;
    if (!json_is_array(array))
        return false;
    request->mentions = calloc(count ? count : 1, sizeof *request->mentions);
    for (size_t i = 0; request->mentions && i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item))
            return false;
        request->mentions[i] = string_of(item);
    }
    request->mention_count = request->mentions ? count : 0;
    return true;
}

/* The tree would change numbers (1e2, 0.1), and data is the application's: it is taken from the text. Members keep their
   order in the tree, so the ordinal finds it whatever escapes its name is written with. */
static void take_data(struct request *request, struct carillon_str json)
{
    size_t n = 0;
    void *iter = json_object_iter(request->tree);
    while (iter && strcmp(json_object_iter_key(iter), fields[REQUEST_DATA].name) != 0) {
        iter = json_object_iter_next(request->tree, iter);
        n++;
    }
    struct carillon_str raw = scan_member(json, n);
    request->data_copy = malloc(raw.len + 1);
    if (!request->data_copy)
        return;
    size_t len = scan_compact(raw, request->data_copy);
    request->data_copy[len] = '\0';
    request->data = (struct carillon_str){ request->data_copy, len };
}

/* False: the value is of another type. */
static bool take_value(struct request *request, enum request_field field, const json_t *value, struct carillon_str json)
{
    void *member = (char *)request + fields[field].member;
    switch (fields[field].type) {
    case FIELD_STRING:
        *(struct carillon_str *)member = string_of(value);
        return json_is_string(value);
    case FIELD_NUMBER:
        *(uint64_t *)member = (uint64_t)json_integer_value(value);
        return is_integer(value);
    case FIELD_BOOL:
        *(bool *)member = json_is_true(value);
        return json_is_boolean(value);
    case FIELD_STRINGS:
        return take_strings(request, value);
    case FIELD_JSON:
        take_data(request, json);
        return true;
    }
    return false;
}

static bool take_fields(struct request *request, struct carillon_str json)
{
    unsigned must = types[request->type].must, known = must | types[request->type].may;
    for (enum request_field field = 0; field < REQUEST_FIELD_COUNT; field++) {
        const json_t *value = known & 1u << field ? json_object_get(request->tree, fields[field].name) : NULL;
        if (!value && must & 1u << field)
            return refuse(request, "invalid_request", "%s is missing", fields[field].name);
        if (!value)
            continue;
        if (!take_value(request, field, value, json))
            return refuse(request, "invalid_request", "%s must be %s", fields[field].name,
                          field_types[fields[field].type]);
        request->fields |= 1u << field;
    }
    if ((request_has(request, REQUEST_DATA) && !request->data.ptr) ||
        (request_has(request, REQUEST_MENTIONS) && !request->mentions))
        return refuse_memory(request);
    return true;
}

/* What the table cannot say. */
static bool check_together(struct request *request)
{
    if (request->type == REQUEST_TYPE_SUBSCRIBE &&
        request_has(request, REQUEST_EPOCH) != request_has(request, REQUEST_POS))
        return refuse(request, "invalid_request", "epoch and pos belong together");
    if (request->type != REQUEST_TYPE_PUBLISH)
        return true;
    bool event = request_has(request, REQUEST_EVENT);
    if (event == request_has(request, REQUEST_TEXT))
        return refuse(request, "invalid_request", "publish needs either text or event");
    if (event && (request->fields & (REQUEST_BIT(REPLY_TO) | REQUEST_BIT(MENTIONS))))
        return refuse(request, "invalid_request", "reply_to and mentions belong to a message with text");
    return true;
}

static bool parse_tree(struct request *request, struct carillon_str json, size_t depth_max)
{
    if (scan_is_deeper(json, depth_max))
        return refuse(request, "too_deep", "nested deeper than %zu", depth_max);
    json_error_t error;
    request->tree = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
    if (!request->tree && json_error_code(&error) == json_error_out_of_memory)
        return refuse_memory(request);
    if (!request->tree)
        return refuse(request, "invalid_json", "malformed JSON near byte %d", error.position);
    if (!json_is_object(request->tree))
        return refuse(request, "invalid_json", "a frame is one JSON object");
    return true;
}

bool request_parse(struct request *request, const char *json, size_t len, size_t depth_max)
{
    memset(request, 0, offsetof(struct request, id_copy));
    struct carillon_str text = { json, len };
    return parse_tree(request, text, depth_max) && take_id(request) && take_type(request) &&
           take_fields(request, text) && check_together(request);
}

void request_free(struct request *request)
{
    json_decref(request->tree);
    free(request->mentions);
    free(request->data_copy);
    request->tree = NULL;
    request->mentions = NULL;
    request->data_copy = NULL;
}
