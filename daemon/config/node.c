#include "config/node.h"

#include <stdlib.h>
#include <string.h>

const char *node_kind_text(enum node_kind kind)
{
    static const char *const texts[] = {
#define NODE_X(name, text) text,
        NODE_KINDS(NODE_X)
#undef NODE_X
    };
    return texts[kind];
}

struct node *node_find(const struct node *table, const char *key)
{
    for (size_t i = 0; table && i < table->count; i++)
        if (table->items[i]->key && strcmp(table->items[i]->key, key) == 0)
            return table->items[i];
    return NULL;
}

bool node_is_list(const struct node *node)
{
    /* Named ones are sorted to the end. */
    return node->kind == NODE_TABLE && (node->count == 0 || !node->items[node->count - 1]->key);
}

static int compare_items(const void *left, const void *right)
{
    const struct node *a = *(struct node *const *)left, *b = *(struct node *const *)right;
    if (a->key && b->key)
        return strcmp(a->key, b->key);
    if (a->key || b->key)
        return a->key ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void node_sort(struct node *table)
{
    if (table->count)
        qsort(table->items, table->count, sizeof *table->items, compare_items);
}
