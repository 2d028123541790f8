#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is_ascii(struct carillon_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

/* Text of another encoding has no words. */
static char *fold(struct carillon_str text, size_t *len)
{
    utf8proc_uint8_t *folded = NULL;
    if (is_ascii(text)) {
        char *copy = malloc(text.len + 1);
        for (size_t i = 0; copy && i < text.len; i++)
            copy[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] + 32) : text.ptr[i];
        *len = text.len;
        return copy;
    }
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &folded,
                                      UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                          UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    *len = n < 0 ? 0 : (size_t)n;
    return n < 0 ? calloc(1, 1) : (char *)folded;
}

static bool is_word_character(utf8proc_int32_t character)
{
    if (character < 0x80)
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
        return true;
    default:
        return false;
    }
}

/* Adds what lies between; a long word is known by its beginning, cut at a character. */
static bool add(struct words *words, size_t begin, size_t end, size_t *room)
{
    if (end == begin)
        return true;
    if (words->count == *room) {
        size_t more = *room ? *room * 2 : 16;
        struct carillon_str *grown = realloc(words->list, more * sizeof(*grown));
        if (!grown)
            return false;
        words->list = grown;
        *room = more;
    }
    size_t len = end - begin;
    if (len > WORD_BYTES_MAX) {
        len = WORD_BYTES_MAX;
        while (len && ((unsigned char)words->text[begin + len] & 0xc0) == 0x80)
            len--;
    }
    words->list[words->count++] = (struct carillon_str){ words->text + begin, len };
    return true;
}

bool words_split(struct carillon_str text, size_t max, struct words *words)
{
    size_t len, room = 0, begin = 0, at = 0;
    *words = (struct words){ .text = fold(text, &len) };
    if (!words->text)
        return false;
    while (at < len && words->count < max) {
        utf8proc_int32_t character;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)words->text + at,
                                                 (utf8proc_ssize_t)(len - at), &character);
        if (size < 1)
            break;
        if (!is_word_character(character)) {
            if (!add(words, begin, at, &room))
                return false;
            begin = at + (size_t)size;
        }
        at += (size_t)size;
    }
    return words->count == max || at < len || add(words, begin, at, &room);
}

static int compare(const void *a, const void *b)
{
    const struct carillon_str *left = a, *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->ptr, right->ptr, len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

void words_unique(struct words *words)
{
    size_t kept = 0;
    if (words->count)
        qsort(words->list, words->count, sizeof(*words->list), compare);
    for (size_t i = 0; i < words->count; i++) {
        if (!kept || compare(&words->list[kept - 1], &words->list[i]) != 0)
            words->list[kept++] = words->list[i];
    }
    words->count = kept;
}

void words_free(struct words *words)
{
    free(words->text);
    free(words->list);
    *words = (struct words){ 0 };
}

static bool fits(struct carillon_str word, struct carillon_str wanted, bool prefix)
{
    return (prefix ? word.len >= wanted.len : word.len == wanted.len) && memcmp(word.ptr, wanted.ptr, wanted.len) == 0;
}

bool words_have_phrase(const struct words *words, const struct carillon_str *phrase, size_t n, bool prefix)
{
    for (size_t i = 0; i + n <= words->count; i++) {
        size_t k = 0;
        while (k < n && fits(words->list[i + k], phrase[k], prefix && k + 1 == n))
            k++;
        if (k == n)
            return true;
    }
    return false;
}
