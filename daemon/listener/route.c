#include "listener/route.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum segment_kind { SEGMENT_LITERAL, SEGMENT_CAPTURE, SEGMENT_REST }; /* in the order in which they win */

struct segment {
    enum segment_kind kind;
    struct carillon_str text; /* the literal, or the capture's name; points into the pattern */
};

struct entry {
    const struct carillon_http_route *route;
    const struct carillon_ws_endpoint *endpoint;
    size_t count;
    struct segment segments[ROUTE_SEGMENTS_MAX];
};

struct route_table {
    size_t count;
    struct entry entries[]; /* the more literal first */
};

/* Cuts the next segment off a path that begins with '/'. */
static struct carillon_str segment_cut(struct carillon_str *path)
{
    const char *start = path->ptr + 1, *slash = memchr(start, '/', path->len - 1);
    struct carillon_str segment = { start, slash ? (size_t)(slash - start) : path->len - 1 };
    path->ptr = start + segment.len;
    path->len -= segment.len + 1;
    return segment;
}

static bool segment_parse(struct carillon_str text, struct segment *segment)
{
    *segment = (struct segment){ SEGMENT_LITERAL, text };
    if (!text.len || text.ptr[0] != '{')
        return !memchr(text.ptr, '{', text.len);
    if (text.len < 3 || text.ptr[text.len - 1] != '}')
        return false;
    bool rest = text.ptr[text.len - 2] == '*';
    *segment = (struct segment){ rest ? SEGMENT_REST : SEGMENT_CAPTURE, { text.ptr + 1, text.len - (rest ? 3 : 2) } };
    return segment->text.len > 0;
}

static bool entry_parse(const char *pattern, struct entry *entry)
{
    struct carillon_str left = { pattern, pattern ? strlen(pattern) : 0 };
    if (!left.len || pattern[0] != '/')
        return false;
    while (left.len) {
        if (entry->count == ROUTE_SEGMENTS_MAX ||
            (entry->count && entry->segments[entry->count - 1].kind == SEGMENT_REST) ||
            !segment_parse(segment_cut(&left), &entry->segments[entry->count]))
            return false;
        entry->count++;
    }
    return true;
}

static int entry_compare(const struct entry *a, const struct entry *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (a->segments[i].kind != b->segments[i].kind)
            return a->segments[i].kind < b->segments[i].kind ? -1 : 1;
    }
    return 0;
}

/* Would both take the same paths? The captures' names do not matter. */
static bool entries_same(const struct entry *a, const struct entry *b)
{
    if (a->count != b->count || !a->endpoint != !b->endpoint ||
        (a->route && strcmp(a->route->method, b->route->method)))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->segments[i].kind != b->segments[i].kind ||
            (a->segments[i].kind == SEGMENT_LITERAL && !str_equal(a->segments[i].text, b->segments[i].text)))
            return false;
    }
    return true;
}

static struct route_table *table_with(const struct route_table *base, struct entry *entry, const char *pattern,
                                      enum carillon_result *result)
{
    size_t count = base ? base->count : 0, at = count;
    *result = CARILLON_INVALID;
    if (!entry_parse(pattern, entry))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        *result = CARILLON_EXISTS;
        if (entries_same(&base->entries[i], entry))
            return NULL;
        if (at == count && entry_compare(entry, &base->entries[i]) < 0)
            at = i;
    }
    struct route_table *table = malloc(sizeof *table + (count + 1) * sizeof *table->entries);
    *result = table ? CARILLON_OK : CARILLON_NO_MEMORY;
    if (!table)
        return NULL;
    table->count = count + 1;
    if (count) {
        memcpy(table->entries, base->entries, at * sizeof *table->entries);
        memcpy(table->entries + at + 1, base->entries + at, (count - at) * sizeof *table->entries);
    }
    table->entries[at] = *entry;
    return table;
}

static struct route_table *table_without(const struct route_table *base, const void *thing,
                                         enum carillon_result *result)
{
    size_t count = base ? base->count : 0, kept = 0;
    struct route_table *table = malloc(sizeof *table + count * sizeof *table->entries);
    *result = CARILLON_NO_MEMORY;
    if (!table)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (base->entries[i].route != thing && base->entries[i].endpoint != thing)
            table->entries[kept++] = base->entries[i];
    }
    table->count = kept;
    *result = kept < count ? CARILLON_OK : CARILLON_NOT_FOUND;
    if (kept < count)
        return table;
    free(table);
    return NULL;
}

struct route_table *route_table_add(const struct route_table *base, const struct carillon_http_route *route,
                                    enum carillon_result *result)
{
    struct entry entry = { .route = route };
    *result = CARILLON_INVALID;
    return route->method && route->handle ? table_with(base, &entry, route->pattern, result) : NULL;
}

struct route_table *route_table_remove(const struct route_table *base, const struct carillon_http_route *route,
                                       enum carillon_result *result)
{
    return table_without(base, route, result);
}

struct route_table *route_table_add_endpoint(const struct route_table *base,
                                             const struct carillon_ws_endpoint *endpoint, enum carillon_result *result)
{
    struct entry entry = { .endpoint = endpoint };
    *result = CARILLON_INVALID;
    return endpoint->open && endpoint->message && endpoint->closed ? table_with(base, &entry, endpoint->pattern, result)
                                                                   : NULL;
}

struct route_table *route_table_remove_endpoint(const struct route_table *base,
                                                const struct carillon_ws_endpoint *endpoint,
                                                enum carillon_result *result)
{
    return table_without(base, endpoint, result);
}

void route_table_free(struct route_table *table)
{
    free(table);
}

static bool entry_matches(const struct entry *entry, const struct carillon_str *segments, size_t count)
{
    bool rest = entry->segments[entry->count - 1].kind == SEGMENT_REST;
    if (rest ? count < entry->count : count != entry->count)
        return false;
    for (size_t i = 0; i < entry->count; i++) {
        const struct segment *segment = &entry->segments[i];
        if (segment->kind == SEGMENT_LITERAL ? !str_equal(segment->text, segments[i]) : !segments[i].len)
            return false;
    }
    return true;
}

static void capture_all(const struct entry *entry, const struct carillon_str *segments, const char *path_end,
                        struct route_match *match)
{
    match->capture_count = 0;
    for (size_t i = 0; i < entry->count; i++) {
        struct carillon_str value = segments[i];
        if (entry->segments[i].kind == SEGMENT_LITERAL)
            continue;
        if (entry->segments[i].kind == SEGMENT_REST)
            value.len = (size_t)(path_end - value.ptr);
        match->captures[match->capture_count++] = (struct carillon_http_param){ entry->segments[i].text, value };
    }
}

static void method_note(char methods[ROUTE_METHODS_MAX], const char *method)
{
    size_t used = strlen(methods), len = strlen(method);
    const char *found = strstr(methods, method);
    if ((found && (found[len] == ',' || !found[len])) || used + len + 3 > ROUTE_METHODS_MAX)
        return;
    if (used)
        memcpy(methods + used, ", ", 3);
    strcat(methods, method);
}

static bool method_serves(const char *served, struct carillon_str method)
{
    return strcmp(served, method.ptr) == 0 || (strcmp(method.ptr, "HEAD") == 0 && strcmp(served, "GET") == 0);
}

static void entry_apply(const struct entry *entry, struct carillon_str method, const struct carillon_str *segments,
                        const char *path_end, struct route_match *match)
{
    bool first = !match->route && !match->endpoint;
    method_note(match->methods, entry->endpoint ? "GET" : entry->route->method);
    if (entry->route && strcmp(entry->route->method, "GET") == 0)
        method_note(match->methods, "HEAD");
    if (entry->endpoint && !match->endpoint)
        match->endpoint = entry->endpoint;
    else if (entry->route && !match->route && method_serves(entry->route->method, method))
        match->route = entry->route;
    else
        return;
    if (first)
        capture_all(entry, segments, path_end, match);
}

void route_find(const struct route_table *table, struct carillon_str method, struct carillon_str path,
                struct route_match *match)
{
    struct carillon_str segments[ROUTE_SEGMENTS_MAX], left = path;
    const char *path_end = path.ptr + path.len;
    size_t count = 0;
    match->route = NULL;
    match->endpoint = NULL;
    match->methods[0] = '\0';
    match->capture_count = 0;
    /* Beyond the most that a pattern has, only a rest can match: its last segment takes everything. */
    while (left.len && left.ptr[0] == '/' && count < ROUTE_SEGMENTS_MAX)
        segments[count++] = segment_cut(&left);
    if (!count)
        return;
    for (size_t i = 0; table && i < table->count; i++) {
        const struct entry *entry = &table->entries[i];
        bool rest = entry->segments[entry->count - 1].kind == SEGMENT_REST;
        if ((!left.len || rest) && entry_matches(entry, segments, count))
            entry_apply(entry, method, segments, path_end, match);
    }
}
