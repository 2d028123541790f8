#include "base/hash.h"

#include <sys/random.h>

uint64_t hash_seed;

void hash_seed_init(void)
{
    while (getrandom(&hash_seed, sizeof hash_seed, 0) != sizeof hash_seed)
        continue;
}
