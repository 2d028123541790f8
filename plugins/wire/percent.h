/*
 * Percent escapes, as in URLs. Pure; any thread.
 */
#ifndef CARILLON_WIRE_PERCENT_H
#define CARILLON_WIRE_PERCENT_H

#include "text.h"

/* In place; text ends with a NUL, and so does what is left of it, which is *len bytes. False: a broken escape, or one of NUL. */
bool percent_decode(char *text, size_t *len);
/* Adds a path with everything escaped but letters, digits, "-_.~" and '/': at most three times its length. */
void percent_put_path(struct text *text, struct carillon_str path);

#endif
