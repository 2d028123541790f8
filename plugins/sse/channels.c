#include "channels.h"
#include "percent.h"

#include <stdlib.h>
#include <string.h>

static bool is_listed(const struct channels *channels, struct carillon_str name)
{
    for (size_t i = 0; i < channels->count; i++) {
        if (channels->names[i].len == name.len && memcmp(channels->names[i].ptr, name.ptr, name.len) == 0)
            return true;
    }
    return false;
}

const char *channels_parse(struct channels *channels, struct carillon_str list, size_t max)
{
    *channels = (struct channels){ 0 };
    if (!list.ptr || list.len == 0)
        return "channels is missing";
    channels->copy = strndup(list.ptr, list.len);
    channels->names = calloc(max, sizeof *channels->names);
    if (!channels->copy || !channels->names)
        return "the server is short of memory";
    for (char *rest = channels->copy; rest;) {
        struct carillon_str name = { .ptr = rest };
        char *item = strsep(&rest, ",");
        if (channels->count == max)
            return "too many channels";
        if (!percent_decode(item, &name.len) || name.len == 0)
            return "channels holds an empty or broken name";
        if (is_listed(channels, name))
            return "channels names one twice";
        channels->names[channels->count++] = name;
        channels->bytes += name.len + 1;
    }
    return NULL;
}

void channels_free(struct channels *channels)
{
    free(channels->copy);
    free(channels->names);
    *channels = (struct channels){ 0 };
}
