/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure; any thread.
 */
#ifndef CARILLON_BASE_UTF8_H
#define CARILLON_BASE_UTF8_H

#include <carillon/types.h>

/* A text that comes in pieces, cut anywhere. Zeroed: at the start. */
struct utf8_check {
    uint8_t need;      /* continuation bytes still to come */
    uint8_t low, high; /* what the next of them must be between */
};

/* False as soon as a byte cannot belong to any valid text; the check is of no use after that. */
bool utf8_check_feed(struct utf8_check *check, const char *bytes, size_t len);
/* Does what was fed end between two characters? */
static inline bool utf8_check_complete(const struct utf8_check *check)
{
    return check->need == 0;
}

bool utf8_is_valid(const char *bytes, size_t len);
/* Bytes of the character at p, of which `left` (> 0) may be read; 0 if there is no valid one. */
size_t utf8_character_length(const char *p, size_t left);
/* The longest beginning of a valid text of at most max bytes that ends between two characters; len if all of it fits. */
size_t utf8_cut(const char *bytes, size_t len, size_t max);

#endif
