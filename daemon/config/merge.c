#include "config/merge.h"
#include "config/sections.h"

#include <string.h>

/* What is in no option table is told by the checker; until then it is kept. */
static bool put(struct carillon_arena *arena, struct node *table, struct node *item)
{
    for (size_t i = 0; i < table->count; i++) {
        struct node *other = table->items[i];
        if (item->key ? other->key && strcmp(item->key, other->key) == 0 : !other->key && item->index == other->index) {
            table->items[i] = item;
            return true;
        }
    }
    struct node **items = arena_alloc(arena, (table->count + 1) * sizeof(struct node *));
    if (!items)
        return false;
    if (table->count)
        memcpy(items, table->items, table->count * sizeof(struct node *));
    items[table->count++] = item;
    table->items = items;
    node_sort(table);
    return true;
}

static struct node *copy_table(struct carillon_arena *arena, const struct node *from)
{
    struct node *copy = arena_alloc(arena, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *from;
    copy->items = arena_alloc(arena, from->count * sizeof(struct node *));
    if (!copy->items)
        return NULL;
    if (from->count)
        memcpy(copy->items, from->items, from->count * sizeof(struct node *));
    return copy;
}

static struct node *merge_value(struct carillon_arena *arena, const struct node *base, struct node *over,
                                const struct carillon_option *option)
{
    bool tables = base && base->kind == NODE_TABLE && over->kind == NODE_TABLE;
    if (!tables || !option || (option->type != CARILLON_OPTION_RECORD && option->type != CARILLON_OPTION_MAP))
        return over;
    struct node *merged = copy_table(arena, base);
    if (!merged)
        return NULL;
    merged->file = over->file;
    merged->line = over->line;
    if (option->type == CARILLON_OPTION_RECORD)
        return merge_fields(arena, merged, over, option->fields, option->field_count) ? merged : NULL;
    for (size_t i = 0; i < over->count; i++) {
        struct node *item = over->items[i];
        const struct node *below = item->key ? node_find(merged, item->key) : NULL;
        if (below && below->kind == NODE_TABLE && item->kind == NODE_TABLE)
            item = merge_entry(arena, below, item, option);
        if (!item || !put(arena, merged, item))
            return NULL;
    }
    return merged;
}

bool merge_fields(struct carillon_arena *arena, struct node *base, const struct node *over,
                  const struct carillon_option *fields, size_t field_count)
{
    for (size_t i = 0; i < over->count; i++) {
        struct node *item = over->items[i];
        if (item->key)
            item = merge_value(arena, node_find(base, item->key), item, option_find(fields, field_count, item->key));
        if (!item || !put(arena, base, item))
            return false;
    }
    return true;
}

struct node *merge_entry(struct carillon_arena *arena, const struct node *base, const struct node *over,
                         const struct carillon_option *map)
{
    struct node *merged = copy_table(arena, base);
    if (!merged || !merge_fields(arena, merged, over, map->fields, map->field_count))
        return NULL;
    merged->file = over->file;
    merged->line = over->line;
    return merged;
}
