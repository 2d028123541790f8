#include "message/emoji.h"

#include "base/utf8.h"

#include <string.h>

enum { TEXT_STYLE = 0xfe0e, EMOJI_STYLE = 0xfe0f, KEYCAP = 0x20e3, SKIN_FIRST = 0x1f3fb, SKIN_LAST = 0x1f3ff };

/* Unicode's characters that are emoji and look like text unless U+FE0F follows; digits, '#' and '*' go by KEYCAP. */
static const struct {
    uint32_t first, last;
} looks_like_text[] = {
    { 0xa9, 0xa9 },       { 0xae, 0xae },       { 0x203c, 0x203c },   { 0x2049, 0x2049 },   { 0x2122, 0x2122 },
    { 0x2139, 0x2139 },   { 0x2194, 0x2199 },   { 0x21a9, 0x21aa },   { 0x2328, 0x2328 },   { 0x23cf, 0x23cf },
    { 0x23ed, 0x23ef },   { 0x23f1, 0x23f2 },   { 0x23f8, 0x23fa },   { 0x24c2, 0x24c2 },   { 0x25aa, 0x25ab },
    { 0x25b6, 0x25b6 },   { 0x25c0, 0x25c0 },   { 0x25fb, 0x25fc },   { 0x2600, 0x2604 },   { 0x260e, 0x260e },
    { 0x2611, 0x2611 },   { 0x2618, 0x2618 },   { 0x261d, 0x261d },   { 0x2620, 0x2620 },   { 0x2622, 0x2623 },
    { 0x2626, 0x2626 },   { 0x262a, 0x262a },   { 0x262e, 0x262f },   { 0x2638, 0x263a },   { 0x2640, 0x2640 },
    { 0x2642, 0x2642 },   { 0x265f, 0x2660 },   { 0x2663, 0x2663 },   { 0x2665, 0x2666 },   { 0x2668, 0x2668 },
    { 0x267b, 0x267b },   { 0x267e, 0x267e },   { 0x2692, 0x2692 },   { 0x2694, 0x2697 },   { 0x2699, 0x2699 },
    { 0x269b, 0x269c },   { 0x26a0, 0x26a0 },   { 0x26a7, 0x26a7 },   { 0x26b0, 0x26b1 },   { 0x26c8, 0x26c8 },
    { 0x26cf, 0x26cf },   { 0x26d1, 0x26d1 },   { 0x26d3, 0x26d3 },   { 0x26e9, 0x26e9 },   { 0x26f0, 0x26f1 },
    { 0x26f4, 0x26f4 },   { 0x26f7, 0x26f9 },   { 0x2702, 0x2702 },   { 0x2708, 0x2709 },   { 0x270c, 0x270d },
    { 0x270f, 0x270f },   { 0x2712, 0x2712 },   { 0x2714, 0x2714 },   { 0x2716, 0x2716 },   { 0x271d, 0x271d },
    { 0x2721, 0x2721 },   { 0x2733, 0x2734 },   { 0x2744, 0x2744 },   { 0x2747, 0x2747 },   { 0x2763, 0x2764 },
    { 0x27a1, 0x27a1 },   { 0x2934, 0x2935 },   { 0x2b05, 0x2b07 },   { 0x3030, 0x3030 },   { 0x303d, 0x303d },
    { 0x3297, 0x3297 },   { 0x3299, 0x3299 },   { 0x1f170, 0x1f171 }, { 0x1f17e, 0x1f17f }, { 0x1f202, 0x1f202 },
    { 0x1f237, 0x1f237 }, { 0x1f321, 0x1f321 }, { 0x1f324, 0x1f32c }, { 0x1f336, 0x1f336 }, { 0x1f37d, 0x1f37d },
    { 0x1f396, 0x1f397 }, { 0x1f399, 0x1f39b }, { 0x1f39e, 0x1f39f }, { 0x1f3cb, 0x1f3ce }, { 0x1f3d4, 0x1f3df },
    { 0x1f3f3, 0x1f3f3 }, { 0x1f3f5, 0x1f3f5 }, { 0x1f3f7, 0x1f3f7 }, { 0x1f43f, 0x1f43f }, { 0x1f441, 0x1f441 },
    { 0x1f4fd, 0x1f4fd }, { 0x1f549, 0x1f54a }, { 0x1f56f, 0x1f570 }, { 0x1f573, 0x1f579 }, { 0x1f587, 0x1f587 },
    { 0x1f58a, 0x1f58d }, { 0x1f590, 0x1f590 }, { 0x1f5a5, 0x1f5a5 }, { 0x1f5a8, 0x1f5a8 }, { 0x1f5b1, 0x1f5b2 },
    { 0x1f5bc, 0x1f5bc }, { 0x1f5c2, 0x1f5c4 }, { 0x1f5d1, 0x1f5d3 }, { 0x1f5dc, 0x1f5de }, { 0x1f5e1, 0x1f5e1 },
    { 0x1f5e3, 0x1f5e3 }, { 0x1f5e8, 0x1f5e8 }, { 0x1f5ef, 0x1f5ef }, { 0x1f5f3, 0x1f5f3 }, { 0x1f5fa, 0x1f5fa },
    { 0x1f6cb, 0x1f6cb }, { 0x1f6cd, 0x1f6cf }, { 0x1f6e0, 0x1f6e5 }, { 0x1f6e9, 0x1f6e9 }, { 0x1f6f0, 0x1f6f0 },
    { 0x1f6f3, 0x1f6f3 },
};

static uint32_t decode(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    unsigned more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t c = more ? p[0] & (0x3fu >> more) : p[0];
    for (unsigned i = 1; i <= more; i++)
        c = c << 6 | (p[i] & 0x3f);
    *at += more + 1;
    return c;
}

static bool is_styled(uint32_t c, uint32_t next)
{
    if (next == KEYCAP && c < 0x80)
        return true;
    if (next >= SKIN_FIRST && next <= SKIN_LAST)
        return false;
    for (size_t i = 0; i < sizeof looks_like_text / sizeof *looks_like_text; i++)
        if (c >= looks_like_text[i].first && c <= looks_like_text[i].last)
            return true;
    return false;
}

/* The next character that is no selector; 0: the end. */
static uint32_t next_of(const char **at, const char *end)
{
    while (*at < end) {
        uint32_t c = decode(at);
        if (c != TEXT_STYLE && c != EMOJI_STYLE)
            return c;
    }
    return 0;
}

size_t emoji_normalize(struct carillon_str emoji, char *out, size_t room)
{
    static const char style[] = "\xef\xb8\x8f"; /* EMOJI_STYLE */
    const char *at = emoji.ptr, *end = emoji.ptr + emoji.len;
    size_t len = 0;
    if (!utf8_is_valid(emoji.ptr, emoji.len))
        return 0;
    while (at < end) {
        const char *from = at;
        uint32_t c = decode(&at);
        if (c == TEXT_STYLE || c == EMOJI_STYLE)
            continue;
        size_t size = (size_t)(at - from);
        const char *ahead = at;
        bool styled = is_styled(c, next_of(&ahead, end));
        if (len + size + (styled ? sizeof style : 1) > room)
            return 0;
        memcpy(out + len, from, size);
        len += size;
        if (styled) {
            memcpy(out + len, style, sizeof style - 1);
            len += sizeof style - 1;
        }
    }
    out[len] = '\0';
    return len;
}
