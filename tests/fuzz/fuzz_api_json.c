/*
 * The HTTP API's bodies: whatever bytes come, every field that is read is within its bounds and what is kept as JSON is
 * JSON again.
 */
#include "api/input.h"
#include "base/arena.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(struct carillon_str text, size_t min, size_t max)
{
    if (!text.ptr)
        return;
    require(text.len >= min && text.len <= max && text.ptr[text.len] == '\0');
    require(utf8_is_valid(text.ptr, text.len) && !memchr(text.ptr, '\0', text.len));
}

static void check_json(struct carillon_str json, size_t max)
{
    if (!json.ptr)
        return;
    require(json.len <= max);
    json_t *value = json_loadb(json.ptr, json.len, JSON_DECODE_ANY, NULL);
    require(value);
    json_decref(value);
}

static void read_fields(struct call *call)
{
    size_t count;
    check_text(input_str(call, "text", REQUIRED, 1, 50), 1, 50);
    struct carillon_str line = input_line(call, "name", OPTIONAL, 20);
    size_t errors = call->error_count;
    check_text(line, 1, 20);
    if (line.ptr && errors == 0)
        require(text_is_plain_line(line));
    check_json(input_json(call, "data", OPTIONAL, 100), 100);
    int64_t number = input_int(call, "n", 7, 1, 9);
    require(call->error_count || (number >= 1 && number <= 9));
    input_bool(call, "flag", true);
    input_channel(call, "channel", OPTIONAL);
    const struct carillon_str *ids = input_user_ids(call, "mentions", 5, &count);
    require(count <= 5);
    for (size_t i = 0; i < count; i++)
        require(user_id_valid(ids[i]));
    json_decref(input_object(call, "author"));
    bool good = input_check(call);
    require(good == (call->error_count == 0) && call->error_count <= CALL_ERRORS_MAX);
    require(!good || json_object_size(call->body) == 0);
    for (size_t i = 0; i < call->error_count; i++)
        require(call->errors[i].field && call->errors[i].detail.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call call = { .arena = arena_new(1 << 20) };
    call.text = (struct carillon_str){ (const char *)data, size };
    enum error_code error = input_parse(call.text, &call.body);
    require((error == ERROR_NONE) == (call.body != NULL));
    if (call.body)
        read_fields(&call);
    json_decref(call.body);
    arena_free(call.arena);
    return 0;
}
