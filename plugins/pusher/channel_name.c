#include "channel_name.h"

#include <string.h>

static bool cut_prefix(struct carillon_str *name, const char *prefix)
{
    size_t len = strlen(prefix);
    if (name->len < len || memcmp(name->ptr, prefix, len) != 0)
        return false;
    name->ptr += len;
    name->len -= len;
    return true;
}

static bool is_plain(struct carillon_str name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=@,.;";
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(allowed, name.ptr[i], sizeof allowed - 1))
            return false;
    return name.len > 0;
}

struct channel_name channel_name_parse(struct carillon_str name)
{
    struct channel_name parsed = { 0 };
    struct carillon_str rest = name;
    if (!name.ptr)
        return parsed;
    if (cut_prefix(&rest, SERVER_TO_USER)) {
        parsed.valid = is_plain(rest) && rest.len <= 128;
        parsed.user = rest;
        return parsed;
    }
    parsed.valid = is_plain(name) && name.len <= PUSHER_CHANNEL_NAME_MAX;
    parsed.presence = cut_prefix(&rest, "presence-");
    parsed.authorise = parsed.presence || cut_prefix(&rest, "private-");
    parsed.encrypted = parsed.authorise && !parsed.presence && cut_prefix(&rest, "encrypted-");
    parsed.cache = cut_prefix(&rest, "cache-");
    return parsed;
}

struct channel_name channel_name_parse_subscribed(struct carillon_str name)
{
    struct carillon_str rest = name;
    if (name.ptr && cut_prefix(&rest, CONVERSATIONS) && !rest.len)
        return (struct channel_name){ .valid = true, .conversations = true };
    return channel_name_parse(name);
}
