#include "keys.h"

#include "query.h"

#include <inttypes.h>
#include <stdio.h>

enum { DIGITS = 21 }; /* of an int64, with its comma */

struct keys keys_new(struct carillon_storage_thread *thread, size_t max)
{
    struct keys keys = { .json = query_alloc(thread, max * DIGITS + 3), .max = max };
    if (!keys.json)
        keys.max = 0;
    return keys;
}

void keys_add(struct keys *keys, int64_t key)
{
    if (keys->count == keys->max)
        return;
    int n = snprintf(keys->json + keys->len, DIGITS + 1, "%c%" PRId64, keys->count ? ',' : '[', key);
    keys->len += (size_t)n;
    keys->count++;
}

struct carillon_str keys_json(struct keys *keys)
{
    if (!keys->count)
        return CARILLON_STR("[]");
    keys->json[keys->len] = ']';
    return (struct carillon_str){ keys->json, keys->len + 1 };
}
