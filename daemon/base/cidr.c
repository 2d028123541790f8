#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* IPv4 becomes ::ffff:a.b.c.d, so that one comparison serves both. */
static bool address_parse(const char *text, uint8_t bytes[16], bool *v4)
{
    *v4 = inet_pton(AF_INET, text, bytes + 12) == 1;
    if (*v4)
        memcpy(bytes, v4_prefix, sizeof v4_prefix);
    else if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    return true;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

bool cidr_parse(struct carillon_str text, struct cidr *cidr)
{
    char copy[ADDRESS_TEXT_MAX + 4];
    bool v4;
    if (!text.ptr || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    char *slash = strchr(copy, '/'), *end = NULL;
    if (slash)
        *slash++ = '\0';
    if (!address_parse(copy, cidr->bytes, &v4))
        return false;
    unsigned most = v4 ? 32 : 128;
    unsigned long bits = slash ? strtoul(slash, &end, 10) : most;
    if (slash && (*slash < '0' || *slash > '9' || *end || bits > most))
        return false;
    cidr->bits = (unsigned)bits + (128 - most);
    for (unsigned i = cidr->bits; i < 128; i++) {
        if (cidr->bytes[i / 8] & (0x80 >> i % 8))
            return false;
    }
    return true;
}

static bool bytes_contained(const struct cidr *list, size_t count, const uint8_t bytes[16])
{
    for (size_t i = 0; i < count; i++) {
        if (bits_equal(list[i].bytes, bytes, list[i].bits))
            return true;
    }
    return false;
}

bool cidr_contains(const struct cidr *list, size_t count, struct carillon_str address)
{
    char text[ADDRESS_TEXT_MAX];
    uint8_t bytes[16];
    bool v4;
    return address_normalize(address, text) && address_parse(text, bytes, &v4) && bytes_contained(list, count, bytes);
}

/* "[2001:db8::1]:443" and "192.0.2.1:443" lose their port, "fe80::1%eth0" its zone. */
static struct carillon_str address_strip(struct carillon_str text)
{
    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
    if (text.len && text.ptr[0] == '[') {
        const char *close = memchr(text.ptr, ']', text.len);
        return close ? (struct carillon_str){ text.ptr + 1, (size_t)(close - text.ptr) - 1 }
                     : (struct carillon_str){ 0 };
    }
    if (colon && !memchr(colon + 1, ':', text.len - (size_t)(colon - text.ptr) - 1))
        text.len = (size_t)(colon - text.ptr);
    const char *zone = text.len ? memchr(text.ptr, '%', text.len) : NULL;
    if (zone)
        text.len = (size_t)(zone - text.ptr);
    return text;
}

bool address_normalize(struct carillon_str text, char *out)
{
    char copy[ADDRESS_TEXT_MAX];
    uint8_t bytes[16];
    bool v4;
    text = address_strip(text);
    if (!text.ptr || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (!address_parse(copy, bytes, &v4))
        return false;
    v4 = memcmp(bytes, v4_prefix, sizeof v4_prefix) == 0;
    return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, out, ADDRESS_TEXT_MAX) != NULL;
}

static struct carillon_str trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct carillon_str){ from, (size_t)(to - from) };
}

void address_forwarded(struct carillon_str header, struct carillon_str peer, const struct cidr *proxies, size_t count,
                       char *out)
{
    char text[ADDRESS_TEXT_MAX];
    size_t len = peer.len < ADDRESS_TEXT_MAX ? peer.len : ADDRESS_TEXT_MAX - 1;
    memcpy(out, peer.ptr, len);
    out[len] = '\0';
    for (const char *end = header.ptr ? header.ptr + header.len : NULL; end;) {
        const char *start = end;
        while (start > header.ptr && start[-1] != ',')
            start--;
        /* What stands left of nonsense was written by nobody we trust. */
        if (!address_normalize(trim(start, end), text))
            return;
        memcpy(out, text, sizeof text);
        if (!cidr_contains(proxies, count, (struct carillon_str){ text, strlen(text) }) || start == header.ptr)
            return;
        end = start - 1;
    }
}
