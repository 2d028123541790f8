#include "api.h"

#include <string.h>

static const char *const names[] = {
#define API_X(name, text) text,
    API_INFOS(API_X)
#undef API_X
};

bool api_info_parse(struct carillon_str list, unsigned *infos)
{
    *infos = 0;
    for (const char *p = list.ptr; p && p < list.ptr + list.len;) {
        size_t len = strcspn(p, ",");
        size_t i = 0;
        while (i < API_INFO_COUNT && !(strlen(names[i]) == len && memcmp(names[i], p, len) == 0))
            i++;
        if (i == API_INFO_COUNT)
            return false;
        *infos |= 1u << i;
        p += len + (p[len] == ',');
    }
    return true;
}

bool api_info_applies(enum api_info info, const struct channel_name *name)
{
    switch (info) {
    case API_INFO_USER_COUNT:
        return name->presence;
    case API_INFO_SUBSCRIPTION_COUNT:
        return true;
    case API_INFO_CACHE:
        return name->cache;
    case API_INFO_COUNT:
        break;
    }
    return false;
}

static void put_cache(struct text *text, const struct carillon_channel_facts *facts)
{
    if (!facts->event.ptr) {
        text_put_cstr(text, "null");
        return;
    }
    text_put_cstr(text, "{\"data\":");
    if (facts->data.len && facts->data.ptr[0] == '"')
        text_put_json(text, facts->data);
    else
        text_put_json_str(text, facts->data);
    text_put_cstr(text, ",\"ttl\":");
    text_put_int(text, facts->event_ttl_ms / 1000);
    text_put_cstr(text, "}");
}

static void put_value(struct text *text, enum api_info info, const struct carillon_channel_facts *facts)
{
    if (info == API_INFO_CACHE)
        put_cache(text, facts);
    else
        text_put_uint(text, info == API_INFO_USER_COUNT ? facts->members : facts->subscriptions);
}

void api_info_put(struct text *text, unsigned infos, const struct channel_name *name,
                  const struct carillon_channel_facts *facts, bool first)
{
    for (unsigned i = 0; i < API_INFO_COUNT; i++) {
        if (!(infos & 1u << i) || !api_info_applies((enum api_info)i, name))
            continue;
        text_put_cstr(text, first ? "\"" : ",\"");
        text_put_cstr(text, names[i]);
        text_put_cstr(text, "\":");
        put_value(text, (enum api_info)i, facts);
        first = false;
    }
}
