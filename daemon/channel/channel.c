#include "channel/channel.h"
#include "base/hash.h"
#include "loop/worker.h"

#include <stdio.h>

unsigned home_of(const struct app *app, struct carillon_str channel)
{
    uint64_t seed = XXH3_64bits_withSeed(app->name.ptr, app->name.len, hash_seed);
    return (unsigned)(XXH3_64bits_withSeed(channel.ptr, channel.len, seed) % workers_count());
}

static bool starts_with(struct carillon_str name, struct carillon_str prefix)
{
    return name.len >= prefix.len && memcmp(name.ptr, prefix.ptr, prefix.len) == 0;
}

enum channel_kind channel_kind(struct carillon_str name)
{
    if (name.len && name.ptr[0] == '#')
        return CHANNEL_RESERVED;
    if (starts_with(name, CARILLON_STR("presence-")))
        return CHANNEL_PRESENCE;
    if (starts_with(name, CARILLON_STR("private-")))
        return CHANNEL_PRIVATE;
    return CHANNEL_PUBLIC;
}

bool channel_is_cached(struct carillon_str name)
{
    static const struct carillon_str prefixes[] = { CARILLON_STR("cache-"), CARILLON_STR("private-cache-"),
                                                    CARILLON_STR("presence-cache-"),
                                                    CARILLON_STR("private-encrypted-cache-") };
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (starts_with(name, prefixes[i]))
            return true;
    return false;
}

bool channel_name_valid(struct carillon_str name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=@,.;";
    if (!name.ptr || name.len == 0 || name.len > CHANNEL_NAME_MAX)
        return false;
    if (name.ptr[0] == '#')
        return (name.len == 5 && memcmp(name.ptr, "#user", 5) == 0) ||
               (name.len == 14 && memcmp(name.ptr, "#conversations", 14) == 0);
    for (size_t i = 0; i < name.len; i++)
        if (!name.ptr[i] || !strchr(allowed, name.ptr[i]))
            return false;
    return true;
}

struct carillon_str channel_name_personal(char room[PERSONAL_NAME_SIZE], struct carillon_str user)
{
    int len = snprintf(room, PERSONAL_NAME_SIZE, "#user-%.*s", (int)user.len, user.ptr);
    return (struct carillon_str){ room, (size_t)len };
}
