#include "base/fold.h"

#include <utf8proc.h>

char *fold_text(struct carillon_str text)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map(
        (const utf8proc_uint8_t *)(text.ptr ? text.ptr : ""), (utf8proc_ssize_t)text.len, &folded,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    return len < 0 ? NULL : (char *)folded;
}
