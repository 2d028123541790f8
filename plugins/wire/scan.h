/*
 * Looks at JSON text without building a tree: what must be known before it is parsed, and what a tree would lose.
 */
#ifndef CARILLON_WIRE_SCAN_H
#define CARILLON_WIRE_SCAN_H

#include <carillon/types.h>

/* Is anything nested deeper than max? Any bytes; in those that are no JSON the answer may be either. */
bool scan_is_deeper(struct carillon_str json, size_t max);

/* The value of the n-th member (from 0) of an object, as it is written there. The text must have been parsed before as an
   object with more than n members. */
struct carillon_str scan_member(struct carillon_str object, size_t n);

/* The value without the white space between its tokens. out: room for len bytes; returns how many were used. */
size_t scan_compact(struct carillon_str json, char *out);

#endif
