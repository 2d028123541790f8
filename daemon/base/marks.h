/*
 * Combining marks on one character, bounded. Putting marks into their order takes the square of their number (in utf8proc as
 * in most libraries), so a few KB of them would hold up a thread for a tenth of a second. Pure; any thread.
 */
#ifndef CARILLON_BASE_MARKS_H
#define CARILLON_BASE_MARKS_H

#include <carillon/types.h>

/* As many as Unicode's Stream-Safe Text Format allows (UAX #15): more than any language writes. */
enum { MARKS_MAX = 30 };

/* Copies the text to `out` (text.len bytes) without the marks that are too many; returns its length. Bytes that are no UTF-8
   are copied as they are. */
size_t marks_bound(struct carillon_str text, char *out);

#endif
