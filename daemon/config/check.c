#include "config/check.h"
#include "config/merge.h"
#include "config/nearest.h"

#include <inttypes.h>
#include <string.h>

enum { PATH_SIZE = 256, KEY_MAX = 64 };

static struct config_value *new_value(struct check *check, enum value_kind kind, size_t items)
{
    struct config_value *value = arena_alloc(check->arena, sizeof *value);
    if (value) {
        value->kind = kind;
        value->items = arena_alloc(check->arena, items * sizeof(struct config_value *));
    }
    if (!value || !value->items)
        check->failed = true;
    return value && value->items ? value : NULL;
}

static void join_path(char out[PATH_SIZE], const char *path, const char *name)
{
    snprintf(out, PATH_SIZE, "%s%s%s", path, *path ? "." : "", name);
}

static const char *type_text(const struct carillon_option *option)
{
    static const char *const texts[] = {
#define CARILLON_X(name, text) text,
        CARILLON_OPTION_TYPES(CARILLON_X)
#undef CARILLON_X
    };
    return texts[option->type];
}

static void tell_unknown(struct check *check, const struct node *item, const struct carillon_option *fields, size_t n,
                         const char *path)
{
    struct nearest nearest = { .wanted = item->key };
    char whole[PATH_SIZE];
    join_path(whole, path, item->key);
    for (size_t i = 0; i < n; i++)
        nearest_offer(&nearest, fields[i].name, strlen(fields[i].name));
    if (nearest.best)
        problems_add(check->problems, item->file, item->line, "unknown option '%s' (did you mean '%s'?)", whole,
                     nearest.best);
    else if (!*path && item->kind == NODE_TABLE)
        problems_add(check->problems, item->file, item->line,
                     "unknown section '%s' (if it is a plugin's: is that one listed in `plugins`?)", whole);
    else
        problems_add(check->problems, item->file, item->line, "unknown option '%s'", whole);
}

static void check_names(struct check *check, const struct node *table, const struct carillon_option *fields, size_t n,
                        const char *path)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct node *item = table->items[i];
        bool known = false;
        for (size_t k = 0; item->key && k < n; k++)
            known |= strcmp(fields[k].name, item->key) == 0;
        if (known || (check->undeclared_sections && !*path && item->kind == NODE_TABLE))
            continue;
        if (item->key)
            tell_unknown(check, item, fields, n, path);
        else
            problems_add(check->problems, item->file, item->line, "%s: a value without a name is no option",
                         *path ? path : "the file");
    }
}

struct config_value *check_fields(struct check *check, const struct node *table, const struct carillon_option *fields,
                                  size_t n, const char *path)
{
    struct config_value *value = new_value(check, VALUE_FIELDS, n);
    if (!value)
        return NULL;
    value->fields = fields;
    value->count = n;
    if (table)
        check_names(check, table, fields, n, path);
    for (size_t i = 0; i < n; i++) {
        const struct node *node = node_find(table, fields[i].name);
        char whole[PATH_SIZE];
        join_path(whole, path, fields[i].name);
        if (!node && table && (fields[i].flags & CARILLON_OPTION_REQUIRED))
            problems_add(check->problems, table->file, table->line, "%s is missing", whole);
        value->items[i] = check_value(check, &fields[i], node, whole);
    }
    return value;
}

static void check_entry_bounds(struct check *check, const struct carillon_option *option, const struct node *node,
                               const char *path)
{
    int64_t n = (int64_t)node->count;
    if (n < option->min)
        problems_add(check->problems, node->file, node->line, "%s needs at least %" PRId64 " entries, and has %" PRId64,
                     path, option->min, n);
    else if (option->max && n > option->max)
        problems_add(check->problems, node->file, node->line, "%s may have %" PRId64 " entries, and has %" PRId64, path,
                     option->max, n);
}

/* A list must have no holes: Lua drops what is nil. */
static bool check_list_shape(struct check *check, const struct carillon_option *option, const struct node *node,
                             const char *path)
{
    if (!node_is_list(node)) {
        problems_add(check->problems, node->file, node->line, "%s must be %s, not %s", path, type_text(option),
                     node->kind == NODE_TABLE ? "a table with names" : node_kind_text(node->kind));
        return false;
    }
    for (size_t i = 0; i < node->count; i++)
        if (node->items[i]->index != (int64_t)i + 1) {
            problems_add(check->problems, node->file, node->items[i]->line, "%s: entry %zu is missing, or nil", path,
                         i + 1);
            return false;
        }
    return true;
}

static struct config_value *check_list(struct check *check, const struct carillon_option *option,
                                       const struct node *node, const char *path)
{
    static const struct carillon_option string = { .type = CARILLON_OPTION_STRING };
    struct config_value *value = new_value(check, VALUE_LIST, node->count);
    if (!value || !check_list_shape(check, option, node, path))
        return NULL;
    check_entry_bounds(check, option, node, path);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *item = node->items[i];
        char whole[PATH_SIZE];
        snprintf(whole, sizeof whole, "%s[%zu]", path, i + 1);
        struct config_value *entry = NULL;
        if (option->type == CARILLON_OPTION_STRINGS)
            entry = check_value(check, &string, item, whole);
        else if (item->kind == NODE_TABLE)
            entry = check_fields(check, item, option->fields, option->field_count, whole);
        else
            problems_add(check->problems, item->file, item->line, "%s must be a table of options, not %s", whole,
                         node_kind_text(item->kind));
        if (entry)
            value->items[value->count++] = entry;
    }
    return value;
}

static bool is_entry_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strlen(name);
    return len > 0 && len <= KEY_MAX && strspn(name, allowed) == len;
}

static struct config_value *check_map_entry(struct check *check, const struct carillon_option *option,
                                            const struct node *item, const struct node *defaults, const char *path)
{
    if (!item->key || !is_entry_name(item->key)) {
        problems_add(check->problems, item->file, item->line,
                     "%s: each entry needs a name of 1 to %d letters, digits, '_' and '-'", path, KEY_MAX);
        return NULL;
    }
    char whole[PATH_SIZE];
    join_path(whole, path, item->key);
    if (item->kind != NODE_TABLE) {
        problems_add(check->problems, item->file, item->line, "%s must be a table of options, not %s", whole,
                     node_kind_text(item->kind));
        return NULL;
    }
    const struct node *base = node_find(defaults, item->key);
    if (base && base != item && !(item = merge_entry(check->arena, base, item, option))) {
        check->failed = true;
        return NULL;
    }
    struct config_value *entry = check_fields(check, item, option->fields, option->field_count, whole);
    if (entry)
        entry->key = (struct carillon_str){ item->key, strlen(item->key) };
    return entry;
}

static struct config_value *check_map(struct check *check, const struct carillon_option *option,
                                      const struct node *node, const struct node *defaults, const char *path)
{
    if (node->kind != NODE_TABLE) {
        problems_add(check->problems, node->file, node->line, "%s must be %s, not %s", path, type_text(option),
                     node_kind_text(node->kind));
        return NULL;
    }
    struct config_value *value = new_value(check, VALUE_LIST, node->count);
    if (!value)
        return NULL;
    check_entry_bounds(check, option, node, path);
    for (size_t i = 0; i < node->count; i++) {
        struct config_value *entry = check_map_entry(check, option, node->items[i], defaults, path);
        if (entry)
            value->items[value->count++] = entry;
    }
    return value;
}

static struct config_value *check_record(struct check *check, const struct carillon_option *option,
                                         const struct node *node, const char *path)
{
    if (node && node->kind != NODE_TABLE) {
        problems_add(check->problems, node->file, node->line, "%s must be %s, not %s", path, type_text(option),
                     node_kind_text(node->kind));
        return NULL;
    }
    return check_fields(check, node, option->fields, option->field_count, path);
}

struct config_value *check_value(struct check *check, const struct carillon_option *option, const struct node *node,
                                 const char *path)
{
    if (option->type == CARILLON_OPTION_RECORD)
        return check_record(check, option, node, path);
    const struct node *defaults = NULL;
    if (option->default_value && (!node || option->type == CARILLON_OPTION_MAP)) {
        defaults = vm_evaluate(check->vm, "default", option->default_value);
        if (!defaults)
            check->failed = true;
    }
    if (!node)
        node = defaults;
    if (!node)
        return NULL;
    switch (option->type) {
    case CARILLON_OPTION_STRINGS:
    case CARILLON_OPTION_RECORDS:
        return check_list(check, option, node, path);
    case CARILLON_OPTION_MAP:
        return check_map(check, option, node, defaults, path);
    default:
        break;
    }
    struct config_value *value = new_value(check, VALUE_NUMBER, 0);
    return value && check_scalar(check, option, node, path, value) ? value : NULL;
}
