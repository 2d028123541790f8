#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM_FIRST = 512 };

struct text text_in(void *bytes, size_t room)
{
    return (struct text){ .bytes = bytes, .room = room, .given = true };
}

void text_free(struct text *text)
{
    if (!text->given)
        free(text->bytes);
    *text = (struct text){ 0 };
}

struct carillon_str text_str(const struct text *text)
{
    if (text->failed)
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ text->bytes, text->len };
}

static bool make_room(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more <= text->room - text->len)
        return true;
    size_t room = text->room ? text->room * 2 : TEXT_ROOM_FIRST;
    while (room < text->len + more)
        room *= 2;
    char *bytes = text->given ? NULL : realloc(text->bytes, room);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void text_put(struct text *text, const char *bytes, size_t len)
{
    if (len == 0 || !make_room(text, len))
        return;
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

void text_put_cstr(struct text *text, const char *string)
{
    text_put(text, string, strlen(string));
}

void text_put_uint(struct text *text, uint64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, value);
    text_put(text, digits, (size_t)len);
}

void text_put_int(struct text *text, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRId64, value);
    text_put(text, digits, (size_t)len);
}

static bool must_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void put_escaped(struct text *text, unsigned char c)
{
    static const char short_forms[0x20] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
    char form[8] = { '\\', (char)c };
    size_t len = 2;
    if (c < 0x20 && short_forms[c])
        form[1] = short_forms[c];
    else if (c < 0x20)
        len = (size_t)snprintf(form, sizeof form, "\\u%04x", c);
    text_put(text, form, len);
}

void text_put_json_inside(struct text *text, struct carillon_str string)
{
    size_t start = 0; /* of the run that is copied as it is */
    for (size_t i = 0; i < string.len; i++) {
        unsigned char c = (unsigned char)string.ptr[i];
        if (!must_escape(c))
            continue;
        text_put(text, string.ptr + start, i - start);
        put_escaped(text, c);
        start = i + 1;
    }
    text_put(text, string.ptr + start, string.len - start);
}

void text_put_json_str(struct text *text, struct carillon_str string)
{
    text_put(text, "\"", 1);
    text_put_json_inside(text, string);
    text_put(text, "\"", 1);
}

void text_put_json(struct text *text, struct carillon_str json)
{
    if (!json.ptr) {
        text_put_cstr(text, "null");
        return;
    }
    size_t start = text->len;
    text_put(text, json.ptr, json.len);
    for (size_t i = start; i < text->len; i++) {
        if (text->bytes[i] == '\n' || text->bytes[i] == '\r')
            text->bytes[i] = ' ';
    }
}
