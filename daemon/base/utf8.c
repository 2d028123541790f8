#include "base/utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Most text is ASCII: eight bytes at a time. */
static size_t skip_ascii(const unsigned char *p, size_t len)
{
    size_t i = 0;
    for (; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        if (word & HIGH_BITS)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

/* What must follow a lead byte (RFC 3629, section 4). The second byte's bounds keep out overlong forms and surrogates. */
static bool begin_character(struct utf8_check *check, unsigned char lead)
{
    *check = (struct utf8_check){ .low = 0x80, .high = 0xbf };
    if (lead >= 0xc2 && lead <= 0xdf) {
        check->need = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        check->need = 2;
        if (lead == 0xe0)
            check->low = 0xa0;
        else if (lead == 0xed)
            check->high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        check->need = 3;
        if (lead == 0xf0)
            check->low = 0x90;
        else if (lead == 0xf4)
            check->high = 0x8f;
    } else {
        return lead < 0x80;
    }
    return true;
}

static bool continue_character(struct utf8_check *check, unsigned char byte)
{
    if (byte < check->low || byte > check->high)
        return false;
    check->need--;
    check->low = 0x80;
    check->high = 0xbf;
    return true;
}

bool utf8_check_feed(struct utf8_check *check, const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < len; i++) {
        if (check->need == 0) {
            i += skip_ascii(p + i, len - i);
            if (i == len)
                break;
            if (!begin_character(check, p[i]))
                return false;
        } else if (!continue_character(check, p[i])) {
            return false;
        }
    }
    return true;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    struct utf8_check check = { 0 };
    return utf8_check_feed(&check, bytes, len) && utf8_check_complete(&check);
}

size_t utf8_character_length(const char *p, size_t left)
{
    struct utf8_check check;
    if (!begin_character(&check, (unsigned char)p[0]))
        return 0;
    size_t length = check.need + 1u;
    if (length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!continue_character(&check, (unsigned char)p[i]))
            return 0;
    return length;
}

size_t utf8_cut(const char *bytes, size_t len, size_t max)
{
    if (len <= max)
        return len;
    size_t end = max;
    while (end > 0 && ((unsigned char)bytes[end] & 0xc0) == 0x80)
        end--;
    return end;
}
