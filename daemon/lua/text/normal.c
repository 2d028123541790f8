#include "lua/text/normal.h"
#include "lua/text/confusables.h"
#include "base/marks.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- what looks like ASCII ---- */

static int compare_character(const void *key, const void *entry)
{
    utf8proc_int32_t character = *(const utf8proc_int32_t *)key;
    const struct confusable *confusable = entry;
    return character < confusable->character ? -1 : character > confusable->character;
}

static utf8proc_int32_t look_alike(utf8proc_int32_t character, void *data)
{
    (void)data;
    if (character < 0x80)
        return character;
    const struct confusable *found = bsearch(&character, confusables, confusable_count, sizeof *confusables,
                                             compare_character);
    return found ? found->like : character;
}

/* ---- the whole ---- */

static char *lower_ascii(struct carillon_str text)
{
    char *normal = malloc(text.len + 1);
    if (!normal)
        return NULL;
    for (size_t i = 0; i < text.len; i++)
        normal[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 32 : text.ptr[i]);
    normal[text.len] = '\0';
    return normal;
}

static bool is_ascii(struct carillon_str text)
{
    unsigned char any = 0;
    for (size_t i = 0; i < text.len; i++)
        any |= (unsigned char)text.ptr[i];
    return any < 0x80;
}

static utf8proc_uint8_t *pass(const void *text, size_t len, utf8proc_custom_func change, utf8proc_ssize_t *out_len)
{
    utf8proc_uint8_t *out = NULL;
    *out_len = utf8proc_map_custom(
        text, (utf8proc_ssize_t)len, &out,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE | UTF8PROC_CASEFOLD, change, NULL);
    return *out_len < 0 ? NULL : out;
}

char *normal_text(struct carillon_str text, size_t *len)
{
    utf8proc_ssize_t out_len;
    if (is_ascii(text)) {
        *len = text.len;
        return lower_ascii(text);
    }
    char *bounded = malloc(text.len);
    if (!bounded)
        return NULL;
    /* Twice, since the table tells of folded and composed ones. */
    utf8proc_uint8_t *once = pass(bounded, marks_bound(text, bounded), NULL, &out_len);
    free(bounded);
    utf8proc_uint8_t *twice = once ? pass(once, (size_t)out_len, look_alike, &out_len) : NULL;
    free(once);
    *len = twice ? (size_t)out_len : 0;
    return (char *)twice;
}

/* ---- words ---- */

bool normal_is_word(const char *p, size_t left, size_t *len)
{
    utf8proc_int32_t character;
    unsigned char first = (unsigned char)*p;
    *len = 1;
    if (first < 0x80)
        return (first >= '0' && first <= '9') || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)left, &character);
    if (n <= 0)
        return false;
    *len = (size_t)n;
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

bool normal_is_word_before(const char *text, size_t at)
{
    size_t begin = at, len;
    do
        begin--;
    while (begin && ((unsigned char)text[begin] & 0xc0) == 0x80);
    return normal_is_word(text + begin, at - begin, &len);
}
