#include "message/event_name.h"

#include <string.h>

enum { NAME_MAX_BYTES = 100 };

static const char *const taken[] = {
#define CARILLON_X(name, text, durable) text,
    CARILLON_EVENTS(CARILLON_X)
#undef CARILLON_X
};

/* What is before the dot belongs to Carillon as a whole: "message.pinned" may come one day. */
static bool is_taken(struct carillon_str name)
{
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        size_t family = strcspn(taken[i], ".");
        bool same_family = name.len >= family && memcmp(name.ptr, taken[i], family) == 0;
        if (same_family && (name.len == family || (taken[i][family] == '.' && name.ptr[family] == '.')))
            return true;
    }
    return false;
}

bool event_name_valid(struct carillon_str name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-";
    if (name.len < 1 || name.len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(allowed, name.ptr[i], sizeof allowed - 1))
            return false;
    return !is_taken(name);
}
