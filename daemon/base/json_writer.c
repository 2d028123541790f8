#include "base/json_writer.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

static bool writer_reserve(struct json_writer *writer, size_t more)
{
    if (writer->failed)
        return false;
    if (writer->room - writer->len > more)
        return true;
    size_t room = writer->room ? writer->room : FIRST_ROOM;
    while (room - writer->len <= more)
        room *= 2;
    char *text = realloc(writer->text, room);
    if (!text) {
        writer->failed = true;
        return false;
    }
    writer->text = text;
    writer->room = room;
    return true;
}

static void writer_put(struct json_writer *writer, const char *bytes, size_t len)
{
    if (!len || !writer_reserve(writer, len))
        return;
    memcpy(writer->text + writer->len, bytes, len);
    writer->len += len;
    writer->text[writer->len] = '\0';
}

void json_writer_free(struct json_writer *writer)
{
    free(writer->text);
    *writer = (struct json_writer){ 0 };
}

struct carillon_str json_writer_str(const struct json_writer *writer)
{
    if (writer->failed || !writer->text)
        return (struct carillon_str){ 0 };
    return (struct carillon_str){ writer->text, writer->len };
}

void json_writer_reset(struct json_writer *writer)
{
    writer->len = 0;
    writer->comma = writer->failed = false;
    if (writer->text)
        writer->text[0] = '\0';
}

static size_t escape_byte(unsigned char c, char out[8])
{
    static const char shorthand[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
    const char *found = c ? strchr(shorthand, c) : NULL;
    if (found) {
        out[0] = '\\';
        out[1] = letter[found - shorthand];
        return 2;
    }
    return (size_t)snprintf(out, 8, "\\u%04x", c);
}

/* Runs of plain characters are copied at once; only what needs it is looked at more closely. */
static void writer_put_quoted(struct json_writer *writer, struct carillon_str value)
{
    const unsigned char *p = (const unsigned char *)value.ptr, *end = p + value.len, *run = p;
    writer_put(writer, "\"", 1);
    while (p < end) {
        if (*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\') {
            p++;
            continue;
        }
        size_t length = *p >= 0x80 ? utf8_character_length((const char *)p, (size_t)(end - p)) : 0;
        if (length) {
            p += length;
            continue;
        }
        char escaped[8];
        writer_put(writer, (const char *)run, (size_t)(p - run));
        if (*p >= 0x80)
            writer_put(writer, "\xef\xbf\xbd", 3);
        else
            writer_put(writer, escaped, escape_byte(*p, escaped));
        run = ++p;
    }
    writer_put(writer, (const char *)run, (size_t)(p - run));
    writer_put(writer, "\"", 1);
}

static void writer_begin_value(struct json_writer *writer, const char *name)
{
    if (writer->comma)
        writer_put(writer, ",", 1);
    writer->comma = true;
    if (!name)
        return;
    writer_put_quoted(writer, (struct carillon_str){ name, strlen(name) });
    writer_put(writer, ":", 1);
}

static void writer_open(struct json_writer *writer, const char *name, const char *bracket)
{
    writer_begin_value(writer, name);
    writer_put(writer, bracket, 1);
    writer->comma = false;
}

static void writer_close(struct json_writer *writer, const char *bracket)
{
    writer_put(writer, bracket, 1);
    writer->comma = true;
}

void json_object_begin(struct json_writer *writer, const char *name)
{
    writer_open(writer, name, "{");
}

void json_object_end(struct json_writer *writer)
{
    writer_close(writer, "}");
}

void json_array_begin(struct json_writer *writer, const char *name)
{
    writer_open(writer, name, "[");
}

void json_array_end(struct json_writer *writer)
{
    writer_close(writer, "]");
}

void json_write_str(struct json_writer *writer, const char *name, struct carillon_str value)
{
    writer_begin_value(writer, name);
    writer_put_quoted(writer, value);
}

void json_write_str_if(struct json_writer *writer, const char *name, struct carillon_str value)
{
    if (value.ptr)
        json_write_str(writer, name, value);
}

void json_write_text(struct json_writer *writer, const char *name, const char *value)
{
    json_write_str(writer, name, (struct carillon_str){ value, strlen(value) });
}

/* Every event has several numbers, and printf takes longer for one than the writer for the rest of its field. */
static void write_digits(struct json_writer *writer, const char *name, uint64_t value, bool negative)
{
    char digits[24], *end = digits + sizeof digits, *p = end;
    do
        *--p = (char)('0' + value % 10);
    while (value /= 10);
    if (negative)
        *--p = '-';
    json_write_raw(writer, name, (struct carillon_str){ p, (size_t)(end - p) });
}

void json_write_int(struct json_writer *writer, const char *name, int64_t value)
{
    write_digits(writer, name, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void json_write_uint(struct json_writer *writer, const char *name, uint64_t value)
{
    write_digits(writer, name, value, false);
}

void json_write_bool(struct json_writer *writer, const char *name, bool value)
{
    json_write_raw(writer, name, value ? CARILLON_STR("true") : CARILLON_STR("false"));
}

void json_write_raw(struct json_writer *writer, const char *name, struct carillon_str json)
{
    writer_begin_value(writer, name);
    writer_put(writer, json.ptr, json.len);
}
