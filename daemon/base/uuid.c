#include "base/uuid.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { UUID_RANDOM_BYTES = 10, POOL_BYTES = 50 * UUID_RANDOM_BYTES };

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

/* Ids are made for each message; the kernel is asked for the randomness of many at once. */
static void take_random(unsigned char out[UUID_RANDOM_BYTES])
{
    static _Thread_local unsigned char pool[POOL_BYTES];
    static _Thread_local size_t left;
    if (!left) {
        random_fill(pool, sizeof pool);
        left = sizeof pool;
    }
    left -= UUID_RANDOM_BYTES;
    memcpy(out, pool + left, UUID_RANDOM_BYTES);
}

void uuid_make_v7(char out[UUID_TEXT_SIZE], int64_t now_ms)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char b[16];
    take_random(b + 6);
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(now_ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[b[i] >> 4];
        *out++ = digits[b[i] & 0x0f];
    }
    *out = '\0';
}
