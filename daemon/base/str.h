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

#endif
