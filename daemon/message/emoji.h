/*
 * One way to write each emoji. Keyboards differ in whether they put a variation selector (U+FE0F, "as a picture") behind
 * characters that may also be text, such as the heart; two ways must not be two reactions. Pure; any thread.
 */
#ifndef CARILLON_MESSAGE_EMOJI_H
#define CARILLON_MESSAGE_EMOJI_H

#include <carillon/types.h>

/* With U+FE0F wherever Unicode's fully qualified form has it, and nowhere else. Returns the length, out is NUL-terminated;
   0: no UTF-8, nothing but selectors, or too long for the room. */
size_t emoji_normalize(struct carillon_str emoji, char *out, size_t room);

#endif
