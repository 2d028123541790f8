#include "scan.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* json.ptr[at] is an opening quote; gives the place behind the closing one, or the end. */
static size_t skip_string(struct carillon_str json, size_t at)
{
    for (at++; at < json.len; at++) {
        if (json.ptr[at] == '\\')
            at++;
        else if (json.ptr[at] == '"')
            return at + 1;
    }
    return json.len;
}

bool scan_is_deeper(struct carillon_str json, size_t max)
{
    size_t depth = 0;
    for (size_t at = 0; at < json.len;) {
        char c = json.ptr[at];
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        if ((c == '{' || c == '[') && ++depth > max)
            return true;
        if ((c == '}' || c == ']') && depth > 0)
            depth--;
        at++;
    }
    return false;
}

static size_t skip_space(struct carillon_str json, size_t at)
{
    while (at < json.len && is_space(json.ptr[at]))
        at++;
    return at;
}

/* From the first byte of a value to the place behind its last. */
static size_t skip_value(struct carillon_str json, size_t at)
{
    if (at < json.len && json.ptr[at] == '"')
        return skip_string(json, at);
    size_t depth = 0;
    while (at < json.len) {
        char c = json.ptr[at];
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || is_space(c)))
            return at;
        if (c == '{' || c == '[')
            depth++;
        at++;
        if (closes && --depth == 0)
            return at;
    }
    return at;
}

struct carillon_str scan_member(struct carillon_str object, size_t n)
{
    size_t at = skip_space(object, 0) + 1; /* behind the brace */
    for (;; n--) {
        at = skip_space(object, at);
        at = skip_space(object, skip_string(object, at)) + 1; /* the name and its colon */
        at = skip_space(object, at);
        size_t end = skip_value(object, at);
        if (n == 0 || end >= object.len)
            return (struct carillon_str){ object.ptr + at, end - at };
        at = skip_space(object, end) + 1; /* behind the comma */
    }
}

size_t scan_compact(struct carillon_str json, char *out)
{
    size_t len = 0;
    for (size_t at = 0; at < json.len;) {
        if (json.ptr[at] == '"') {
            size_t end = skip_string(json, at);
            memcpy(out + len, json.ptr + at, end - at);
            len += end - at;
            at = end;
        } else if (is_space(json.ptr[at])) {
            at++;
        } else {
            out[len++] = json.ptr[at++];
        }
    }
    return len;
}
