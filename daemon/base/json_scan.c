#include "base/json_scan.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct carillon_str json, size_t at)
{
    while (at < json.len && is_space(json.ptr[at]))
        at++;
    return at;
}

/* at: the opening quote. Returns what is behind the closing one. */
static size_t skip_string(struct carillon_str json, size_t at)
{
    for (at++; at < json.len && json.ptr[at] != '"'; at++)
        if (json.ptr[at] == '\\')
            at++;
    return at < json.len ? at + 1 : json.len;
}

/* Returns what is behind the value that begins here. */
static size_t skip_value(struct carillon_str json, size_t at)
{
    size_t depth = 0;
    while (at < json.len) {
        char c = json.ptr[at];
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || is_space(c)))
            break;
        at = c == '"' ? skip_string(json, at) : at + 1;
        depth += opens;
        depth -= closes;
        if (depth == 0 && (closes || c == '"'))
            break;
    }
    return at;
}

struct carillon_str json_scan_member(struct carillon_str object, const char *name)
{
    size_t name_len = strlen(name);
    size_t at = skip_space(object, skip_space(object, 0) + 1); /* behind the brace */
    while (at < object.len && object.ptr[at] == '"') {
        size_t key = at + 1, key_end = skip_string(object, at) - 1;
        size_t value = skip_space(object, skip_space(object, key_end + 1) + 1); /* behind the colon */
        size_t end = skip_value(object, value);
        if (key_end - key == name_len && memcmp(object.ptr + key, name, name_len) == 0)
            return (struct carillon_str){ object.ptr + value, end - value };
        at = skip_space(object, skip_space(object, end) + 1); /* behind the comma */
    }
    return (struct carillon_str){ 0 };
}

struct carillon_str json_scan_element(struct carillon_str array, size_t n)
{
    size_t at = skip_space(array, skip_space(array, 0) + 1); /* behind the bracket */
    while (at < array.len && array.ptr[at] != ']') {
        size_t end = skip_value(array, at);
        if (n-- == 0)
            return (struct carillon_str){ array.ptr + at, end - at };
        at = skip_space(array, skip_space(array, end) + 1); /* behind the comma */
    }
    return (struct carillon_str){ 0 };
}

size_t json_scan_compact(struct carillon_str json, char *out)
{
    size_t used = 0;
    for (size_t at = 0; at < json.len;) {
        size_t end = json.ptr[at] == '"' ? skip_string(json, at) : at + 1;
        if (!is_space(json.ptr[at])) {
            memcpy(out + used, json.ptr + at, end - at);
            used += end - at;
        }
        at = end;
    }
    return used;
}
