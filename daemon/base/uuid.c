#include "base/uuid.h"

#include <stdio.h>
#include <sys/random.h>

void random_fill(void *out, size_t len)
{
    unsigned char *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0)
            continue; /* interrupted */
        p += n;
        len -= (size_t)n;
    }
}

void random_make_name(char out[RANDOM_NAME_SIZE])
{
    uint64_t bits;
    random_fill(&bits, sizeof bits);
    snprintf(out, RANDOM_NAME_SIZE, "%016llx", (unsigned long long)bits);
}

void uuid_make_v7(char out[UUID_TEXT_SIZE], int64_t now_ms)
{
    unsigned char b[16];
    random_fill(b + 6, sizeof b - 6);
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(now_ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    snprintf(out, UUID_TEXT_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}
