/* Made while building (generate/confusables.c): characters that look like a letter or digit of ASCII, by code point. */
#ifndef CARILLON_LUA_CONFUSABLES_H
#define CARILLON_LUA_CONFUSABLES_H

#include <stddef.h>
#include <stdint.h>

struct confusable {
    int32_t character;
    char like;
};

extern const struct confusable confusables[];
extern const size_t confusable_count;

#endif
