#include "base/log_line.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct line {
    char *out;
    size_t len, room;
};

static const struct {
    const char *name;
    int journal;
} levels[] = {
#define CARILLON_X(name, text, journal) { text, journal },
    CARILLON_LOG_LEVELS(CARILLON_X)
#undef CARILLON_X
};

static bool line_put(struct line *line, const char *bytes, size_t len)
{
    if (line->room - line->len < len)
        return false;
    memcpy(line->out + line->len, bytes, len);
    line->len += len;
    return true;
}

/* C1 controls steer terminals as well as C0 does. */
static bool is_control(const unsigned char *p, size_t length)
{
    return length == 1 ? *p < 0x20 || *p == 0x7f : length == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

static size_t escape_plain(const unsigned char *p, size_t length, char *out, size_t room)
{
    if (length == 1 && *p == '\n')
        return (size_t)snprintf(out, room, "\\n");
    size_t len = 0;
    for (size_t i = 0; i < (length ? length : 1); i++)
        len += (size_t)snprintf(out + len, room - len, "\\x%02x", p[i]);
    return len;
}

static size_t escape_json(const unsigned char *p, size_t length, char *out, size_t room)
{
    if (length == 0)
        return (size_t)snprintf(out, room, "\xef\xbf\xbd");
    if (length == 1 && (*p == '"' || *p == '\\'))
        return (size_t)snprintf(out, room, "\\%c", *p);
    if (length == 1 && *p == '\n')
        return (size_t)snprintf(out, room, "\\n");
    return (size_t)snprintf(out, room, "\\u%04x", length == 1 ? p[0] : p[1]);
}

/* Keeps `reserve` bytes free for what must follow. */
static void put_text(struct line *line, struct carillon_str text, bool json, size_t reserve)
{
    static const char cut[] = "...";
    reserve += sizeof cut - 1;
    line->room -= reserve;
    const char *p = text.ptr, *end = text.ptr + text.len;
    while (p < end) {
        size_t length = utf8_character_length(p, (size_t)(end - p));
        char escaped[16];
        bool fits;
        if (!length || is_control((const unsigned char *)p, length) || (json && (*p == '"' || *p == '\\'))) {
            size_t n = json ? escape_json((const unsigned char *)p, length, escaped, sizeof escaped)
                            : escape_plain((const unsigned char *)p, length, escaped, sizeof escaped);
            fits = line_put(line, escaped, n);
        } else {
            fits = line_put(line, p, length);
        }
        if (!fits)
            break;
        p += length ? length : 1;
    }
    line->room += reserve;
    if (p < end)
        line_put(line, cut, sizeof cut - 1);
}

static void format_time(int64_t at_ms, char *out, size_t room)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = strftime(out, room, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + len, room - len, ".%03dZ", (int)(at_ms % 1000));
}

size_t log_line_format(char *out, size_t room, enum log_shape shape, enum carillon_log_level level, int64_t at_ms,
                       const char *module, struct carillon_str text)
{
    struct line line = { .out = out, .room = room };
    char at[40], head[160];
    format_time(at_ms, at, sizeof at);
    int len = 0;
    switch (shape) {
    case LOG_SHAPE_PLAIN:
        len = snprintf(head, sizeof head, "%s %s %.40s: ", at, levels[level].name, module);
        break;
    case LOG_SHAPE_JOURNAL:
        len = snprintf(head, sizeof head, "<%d>%.40s: ", levels[level].journal, module);
        break;
    case LOG_SHAPE_JSON:
        len = snprintf(head, sizeof head, "{\"time\":\"%s\",\"level\":\"%s\",\"module\":\"%.40s\",\"message\":\"", at,
                       levels[level].name, module);
        break;
    }
    const char *tail = shape == LOG_SHAPE_JSON ? "\"}\n" : "\n";
    line_put(&line, head, (size_t)len);
    put_text(&line, text, shape == LOG_SHAPE_JSON, strlen(tail));
    line_put(&line, tail, strlen(tail));
    return line.len;
}
