#include "session/app.h"

bool pattern_match(struct carillon_str pattern, struct carillon_str text)
{
    size_t p = 0, t = 0;
    size_t star = SIZE_MAX, mark = 0; /* the last '*', and what of the text it has taken so far */
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
