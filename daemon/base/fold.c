#include "base/fold.h"
#include "base/marks.h"

#include <stdlib.h>
#include <utf8proc.h>

char *fold_text(struct carillon_str text)
{
    utf8proc_uint8_t *folded = NULL;
    char *bounded = malloc(text.len + 1);
    if (!bounded)
        return NULL;
    utf8proc_ssize_t len = utf8proc_map(
        (const utf8proc_uint8_t *)bounded, (utf8proc_ssize_t)marks_bound(text, bounded), &folded,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    free(bounded);
    return len < 0 ? NULL : (char *)folded;
}
