#include "base/marks.h"

#include <string.h>
#include <utf8proc.h>

/* Halfwidth voiced sound marks: letters to Unicode, which become marks in NFKC. */
static bool becomes_mark(utf8proc_int32_t character)
{
    return character == 0xff9e || character == 0xff9f;
}

/* What does not begin a new run of marks. Vowel signs and the like may decompose into marks only. */
static bool is_mark(utf8proc_int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) || becomes_mark(character);
}

size_t marks_bound(struct carillon_str text, char *out)
{
    size_t len = 0, marks = 0;
    for (size_t at = 0; at < text.len;) {
        utf8proc_int32_t character = 0;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                              (utf8proc_ssize_t)(text.len - at), &character);
        if (n <= 0) {
            n = 1;
            marks = 0;
        } else if (is_mark(character)) {
            marks++;
        } else if (!utf8proc_get_property(character)->ignorable) { /* those vanish, and the run goes on */
            marks = 0;
        }
        if (marks <= MARKS_MAX) {
            memcpy(out + len, text.ptr + at, (size_t)n);
            len += (size_t)n;
        }
        at += (size_t)n;
    }
    return len;
}
