#include "event_input.h"
#include "api.h"
#include "channel_name.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

enum { DATA_DEPTH_MAX = 64 };

static const struct input_problem fine = { 0 };

static struct input_problem wrong(const char *why)
{
    return (struct input_problem){ 400, why };
}

static struct carillon_str string_of(const json_t *value)
{
    if (!json_is_string(value))
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

static bool make_room(struct event_input *input, size_t n)
{
    input->channels = calloc(n ? n : 1, sizeof *input->channels);
    return input->channels != NULL;
}

/* ---- from JSON ---- */

static struct input_problem channels_from_json(struct event_input *input, const json_t *object)
{
    const json_t *list = json_object_get(object, "channels"), *one = json_object_get(object, "channel");
    size_t count = list ? json_array_size(list) : one != NULL;
    if ((list && !json_is_array(list)) || (one && !json_is_string(one)) || (list && one))
        return wrong("channels must be a list of names, or channel one name");
    if (!make_room(input, count))
        return (struct input_problem){ 500, "The server is short of memory" };
    for (size_t i = 0; i < count; i++) {
        const json_t *item = list ? json_array_get(list, i) : one;
        if (!json_is_string(item))
            return wrong("A channel's name must be a string");
        input->channels[input->channel_count++] = string_of(item);
    }
    return fine;
}

struct input_problem event_input_from_json(struct event_input *input, const json_t *object)
{
    *input = (struct event_input){ 0 };
    const json_t *socket = json_object_get(object, "socket_id"), *info = json_object_get(object, "info");
    if (!json_is_object(object))
        return wrong("The body must be a JSON object");
    input->name = string_of(json_object_get(object, "name"));
    input->data = string_of(json_object_get(object, "data"));
    input->socket_id = string_of(socket);
    if (!input->name.ptr)
        return wrong("name is missing or no string");
    if (!input->data.ptr)
        return wrong("data is missing or no string");
    if (socket && !json_is_null(socket) && !json_is_string(socket))
        return wrong("socket_id must be a string");
    if (info && !json_is_null(info) && (!json_is_string(info) || !api_info_parse(string_of(info), &input->infos)))
        return wrong("info names something that cannot be asked");
    return channels_from_json(input, object);
}

/* ---- from a query ---- */

struct input_problem event_input_from_params(struct event_input *input, const struct params *params)
{
    *input = (struct event_input){ .name = params_get(params, "name"),
                                   .data = params_get(params, "data"),
                                   .socket_id = params_get(params, "socket_id") };
    if (!input->name.ptr || !input->data.ptr)
        return wrong("name and data are missing, in the body as in the query");
    if (!api_info_parse(params_get(params, "info"), &input->infos))
        return wrong("info names something that cannot be asked");
    if (!make_room(input, params->count))
        return (struct input_problem){ 500, "The server is short of memory" };
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->list[i].name.ptr, "channels[]") == 0 || strcmp(params->list[i].name.ptr, "channel") == 0)
            input->channels[input->channel_count++] = params->list[i].value;
    return fine;
}

/* ---- what may be ---- */

static bool begins_with(struct carillon_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static struct input_problem check_name(struct carillon_str name, size_t max)
{
    if (!name.len || name.len > max)
        return wrong("The event's name is empty or too long");
    if (begins_with(name, "pusher:") || begins_with(name, "pusher_internal:"))
        return wrong("Events whose names begin with pusher: cannot be triggered");
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20)
            return wrong("The event's name has control characters");
    return fine;
}

static struct input_problem check_channels(const struct event_input *input, size_t max)
{
    if (!input->channel_count)
        return wrong("At least one channel is needed");
    if (input->channel_count > max)
        return wrong("Too many channels");
    for (size_t i = 0; i < input->channel_count; i++) {
        struct channel_name name = channel_name_parse(input->channels[i]);
        if (!name.valid)
            return wrong("A channel's name has 1 to 164 of the characters A-Z a-z 0-9 _ - = @ , . ;");
        if (name.encrypted && input->channel_count > 1)
            return wrong("An event for an encrypted channel goes to that one channel only");
    }
    return fine;
}

struct input_problem event_input_check(const struct event_input *input, const struct carillon_app *app, bool to_user)
{
    uint64_t ignored;
    struct input_problem problem = check_name(input->name, (size_t)app->limits.event_name);
    if (!problem.status && !to_user)
        problem = check_channels(input, (size_t)app->limits.event_channels);
    if (!problem.status && input->socket_id.ptr && !socket_id_parse(input->socket_id, &ignored))
        problem = wrong("socket_id must be two numbers with a dot between");
    if (!problem.status && input->data.len > (size_t)app->limits.event_data)
        problem = (struct input_problem){ 413, "The event's data is too large" };
    return problem;
}

void event_input_free(struct event_input *input)
{
    free(input->channels);
    *input = (struct event_input){ 0 };
}

/* ---- data ---- */

/* Could it be one? Most text is seen to be none without a parser. */
static bool begins_like_json(struct carillon_str text)
{
    size_t space = text.len ? strspn(text.ptr, " \t\r\n") : 0;
    return space < text.len && strchr("{[-0123456789tfn", text.ptr[space]);
}

static bool is_json_but_no_string(struct carillon_str text)
{
    if (!begins_like_json(text) || scan_is_deeper(text, DATA_DEPTH_MAX))
        return false;
    json_t *tree = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
    bool good = tree && !json_is_string(tree);
    json_decref(tree);
    return good;
}

bool event_data_to_json(struct carillon_str text, char **json, size_t *len)
{
    struct text out = { 0 };
    if (is_json_but_no_string(text))
        text_put(&out, text.ptr, text.len);
    else
        text_put_json_str(&out, text);
    text_put(&out, "", 1);
    *json = out.bytes;
    *len = out.len - 1;
    if (out.failed)
        text_free(&out);
    return !out.failed && out.bytes;
}

static const char *skip_digits(const char *p, uint64_t *value)
{
    const char *first = p;
    *value = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        *value = *value * 10 + (uint64_t)(*p - '0');
    return p - first <= 20 && p > first ? p : NULL;
}

bool socket_id_parse(struct carillon_str text, uint64_t *session)
{
    uint64_t random;
    const char *p = text.ptr ? skip_digits(text.ptr, &random) : NULL;
    if (!p || *p != '.')
        return false;
    p = skip_digits(p + 1, session);
    return p == text.ptr + text.len;
}
