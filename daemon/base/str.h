/*
 * Counted strings. Pure; any thread.
 */
#ifndef CARILLON_BASE_STR_H
#define CARILLON_BASE_STR_H

#include <carillon/types.h>
#include <string.h>

/* The same bytes; an absent string is as good as an empty one. */
static inline bool str_equal(struct carillon_str a, struct carillon_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Copies it with a NUL behind to *to, and moves that on. Absent stays absent and takes no room. */
static inline struct carillon_str str_pack(char **to, struct carillon_str str)
{
    if (!str.ptr)
        return str;
    char *copy = (char *)memcpy(*to, str.ptr, str.len);
    copy[str.len] = '\0';
    *to += str.len + 1;
    return (struct carillon_str){ copy, str.len };
}

static inline size_t str_packed_size(struct carillon_str str)
{
    return str.ptr ? str.len + 1 : 0;
}

#endif
