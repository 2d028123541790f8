#include "cursor.h"

#include <stddef.h>
#include <string.h>

static const char version[] = "1";
static const uint64_t pos_max = (UINT64_C(1) << 53) - 1;

void cursor_put(struct text *text, struct carillon_str sealed, const struct cursor_place *places, size_t n)
{
    text_put_cstr(text, version);
    text_put(text, "~", 1);
    text_put(text, sealed.ptr, sealed.len);
    for (size_t i = 0; i < n; i++) {
        text_put(text, "~", 1);
        if (places[i].epoch.len == 0)
            continue;
        text_put(text, places[i].epoch.ptr, places[i].epoch.len);
        text_put(text, ".", 1);
        text_put_uint(text, places[i].pos);
    }
}

static bool is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

static bool parse_pos(const char *digits, uint64_t *pos)
{
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 16 || digits[len] != '\0')
        return false;
    *pos = 0;
    for (size_t i = 0; i < len; i++)
        *pos = *pos * 10 + (uint64_t)(digits[i] - '0');
    return *pos <= pos_max;
}

static bool parse_place(char *field, struct cursor_place *place)
{
    *place = (struct cursor_place){ 0 };
    if (*field == '\0')
        return true;
    size_t len = 0;
    while (is_word_char(field[len]))
        len++;
    if (len == 0 || len > CURSOR_EPOCH_MAX || field[len] != '.')
        return false;
    field[len] = '\0';
    place->epoch = (struct carillon_str){ field, len };
    return parse_pos(field + len + 1, &place->pos);
}

static bool parse_sealed(const char *field, struct carillon_str *sealed)
{
    size_t len = 0;
    while (is_word_char(field[len]) || field[len] == '.')
        len++;
    *sealed = (struct carillon_str){ field, len };
    return field[len] == '\0' && len < CARILLON_SEALED_SIZE;
}

bool cursor_parse(struct cursor *cursor, struct carillon_str text)
{
    memset(cursor, 0, offsetof(struct cursor, text));
    if (!text.ptr || text.len > CURSOR_MAX || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(cursor->text, text.ptr, text.len);
    cursor->text[text.len] = '\0';

    char *rest = cursor->text;
    const char *field = strsep(&rest, "~");
    if (strcmp(field, version) != 0 || !rest || !parse_sealed(strsep(&rest, "~"), &cursor->sealed))
        return false;
    while (rest) {
        if (cursor->place_count == CURSOR_PLACES_MAX ||
            !parse_place(strsep(&rest, "~"), &cursor->places[cursor->place_count]))
            return false;
        cursor->place_count++;
    }
    return true;
}
