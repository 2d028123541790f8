#include "listener/csp.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *sources;
} directives[] = {
    { "default-src", "'none'" },   { "script-src", "'self'" },      { "style-src", "'self'" },
    { "img-src", "'self' data:" }, { "font-src", "'self'" },        { "connect-src", "'self'" },
    { "manifest-src", "'self'" },  { "worker-src", "'self'" },      { "base-uri", "'none'" },
    { "form-action", "'self'" },   { "frame-ancestors", "'none'" },
};
enum { DIRECTIVES = sizeof directives / sizeof *directives, ROOM = 1024 };

/* The next directive of a list; *rest moves behind it. Absent at the end. */
static struct carillon_str cut(struct carillon_str *rest)
{
    const char *p = rest->ptr, *end = rest->ptr + rest->len;
    while (p < end && (*p == ' ' || *p == ';'))
        p++;
    const char *stop = p < end ? memchr(p, ';', (size_t)(end - p)) : NULL;
    struct carillon_str found = { p, (size_t)((stop ? stop : end) - p) };
    *rest = (struct carillon_str){ p + found.len, (size_t)(end - p) - found.len };
    return found.len ? found : (struct carillon_str){ 0 };
}

static bool is_named(struct carillon_str directive, const char *name)
{
    size_t len = strlen(name);
    return directive.len >= len && strncasecmp(directive.ptr, name, len) == 0 &&
           (directive.len == len || directive.ptr[len] == ' ');
}

static struct carillon_str find(struct carillon_str list, const char *name)
{
    for (struct carillon_str found = cut(&list); found.ptr; found = cut(&list)) {
        if (is_named(found, name))
            return found;
    }
    return (struct carillon_str){ 0 };
}

char *csp_build(struct carillon_str more)
{
    char *policy = calloc(1, ROOM + more.len);
    for (size_t i = 0; policy && i < DIRECTIVES; i++) {
        struct carillon_str added = find(more, directives[i].name);
        size_t name_len = strlen(directives[i].name);
        strcat(policy, i ? "; " : "");
        strcat(policy, directives[i].name);
        if (!added.ptr || strcmp(directives[i].sources, "'none'")) /* which stands alone or not at all */
            strcat(strcat(policy, " "), directives[i].sources);
        if (added.ptr)
            strncat(policy, added.ptr + name_len, added.len - name_len);
    }
    for (struct carillon_str rest = more, found = cut(&rest); policy && found.ptr; found = cut(&rest)) {
        bool ours = false;
        for (size_t i = 0; i < DIRECTIVES; i++)
            ours = ours || is_named(found, directives[i].name);
        if (!ours)
            strncat(strcat(policy, "; "), found.ptr, found.len);
    }
    return policy;
}
