#include "base/utf8.h"
#include "session/identity.h"

#include <string.h>

enum { USER_ID_MAX = 128, USER_NAME_MAX = 80 };

bool user_id_valid(struct carillon_str id)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=@,.;";
    return id.len >= 1 && id.len <= USER_ID_MAX && strspn(id.ptr, allowed) == id.len &&
           strcmp(id.ptr, SERVER_USER_ID) != 0;
}

/* Code points that would let a name break a line, hide, or reverse the text after it. */
static const struct {
    uint32_t first, last;
} refused[] = {
    { 0x0000, 0x001f },   /* controls */
    { 0x007f, 0x009f },   /* delete, more controls */
    { 0x061c, 0x061c },   /* Arabic letter mark */
    { 0x200b, 0x200b },   /* zero-width space; the joiners after it are part of emoji and scripts */
    { 0x200e, 0x200f },   /* direction marks */
    { 0x2028, 0x202e },   /* line and paragraph separators, direction embeddings and overrides */
    { 0x2060, 0x206f },   /* word joiner, direction isolates, deprecated format characters */
    { 0xfeff, 0xfeff },   /* byte order mark */
    { 0xfff0, 0xffff },   /* specials, noncharacters */
    { 0xe0000, 0x10ffff } /* tags, private use planes */
};

static uint32_t decode(const char *p, size_t length)
{
    static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t point = (unsigned char)p[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)p[i] & 0x3f);
    return point;
}

static bool is_refused(uint32_t point)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (point >= refused[i].first && point <= refused[i].last)
            return true;
    return false;
}

bool text_is_plain_line(struct carillon_str text)
{
    for (size_t at = 0, length; at < text.len; at += length) {
        length = utf8_character_length(text.ptr + at, text.len - at);
        if (length == 0 || is_refused(decode(text.ptr + at, length)))
            return false;
    }
    return true;
}

bool user_name_valid(struct carillon_str name)
{
    return name.len >= 1 && name.len <= USER_NAME_MAX && text_is_plain_line(name);
}
