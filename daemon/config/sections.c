#include "config/sections.h"
#include "base/arena.h"

#include <string.h>

enum { DECLARED_MAX = 256 };

struct declaration {
    const char *section; /* NULL: the top level */
    const struct carillon_option *options;
    size_t count;
};

static struct declaration declared[DECLARED_MAX];
static size_t declared_count;

const struct carillon_option *option_find(const struct carillon_option *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < declared_count; i++) {
        const struct declaration *other = &declared[i];
        if (other->section ? strcmp(other->section, name) == 0
                           : option_find(other->options, other->count, name) != NULL)
            return true;
    }
    return false;
}

static bool has_twins(const struct carillon_option *options, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (option_find(options, i, options[i].name))
            return true;
    return false;
}

enum carillon_result config_declare(const char *section, const struct carillon_option *options, size_t n)
{
    if (has_twins(options, n) || (section && is_taken(section)))
        return CARILLON_EXISTS;
    for (size_t i = 0; !section && i < n; i++)
        if (is_taken(options[i].name))
            return CARILLON_EXISTS;
    if (declared_count == DECLARED_MAX)
        return CARILLON_LIMIT;
    declared[declared_count++] = (struct declaration){ section, options, n };
    return CARILLON_OK;
}

void config_withdraw(const char *section, const struct carillon_option *options)
{
    for (size_t i = 0; i < declared_count; i++) {
        const char *own = declared[i].section;
        bool same = own && section ? strcmp(own, section) == 0 : own == section;
        if (!same || declared[i].options != options)
            continue;
        memmove(&declared[i], &declared[i + 1], (--declared_count - i) * sizeof declared[0]);
        return;
    }
}

struct carillon_option *sections_flatten(struct carillon_arena *arena, size_t *n)
{
    size_t count = 0;
    for (size_t i = 0; i < declared_count; i++)
        count += declared[i].section ? 1 : declared[i].count;
    struct carillon_option *options = arena_alloc(arena, count * sizeof *options), *next = options;
    if (!options)
        return NULL;
    for (size_t i = 0; i < declared_count; i++) {
        const struct declaration *from = &declared[i];
        if (from->section) {
            *next++ = (struct carillon_option){ .name = from->section,
                                                .type = CARILLON_OPTION_RECORD,
                                                .fields = from->options,
                                                .field_count = from->count };
        } else if (from->count) {
            memcpy(next, from->options, from->count * sizeof *next);
            next += from->count;
        }
    }
    *n = count;
    return options;
}
