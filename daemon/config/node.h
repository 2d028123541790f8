/*
 * What the configuration files set, before it is checked: trees of untyped values with the place each was written.
 *
 * All of it lives in the arena of one config_load.
 */
#ifndef CARILLON_CONFIG_NODE_H
#define CARILLON_CONFIG_NODE_H

#include "base/arena.h"

/* X(NAME, "as told to people") */
#define NODE_KINDS(X)                                                                                                  \
    X(BOOL, "a boolean")                                                                                               \
    X(INT, "a whole number")                                                                                           \
    X(FLOAT, "a number with a fraction")                                                                               \
    X(STRING, "a string")                                                                                              \
    X(TABLE, "a table")                                                                                                \
    X(OTHER, "something that is no value for an option")

enum node_kind {
#define NODE_X(name, text) NODE_##name,
    NODE_KINDS(NODE_X)
#undef NODE_X
};

struct node {
    enum node_kind kind;
    const char *key;  /* inside a table: its name there; NULL for an entry of a list */
    int64_t index;    /* inside a table, without a name: from 1 */
    const char *file; /* where it was written: a file's name, "--set", "default" */
    int line;         /* 0: unknown */
    bool boolean;
    int64_t integer;
    double fraction;
    struct carillon_str string;
    struct node **items; /* TABLE: list entries by index, then named ones by name */
    size_t count;
};

const char *node_kind_text(enum node_kind kind);
/* NULL: not there. */
struct node *node_find(const struct node *table, const char *key);
/* Is it a table that holds entries without a name only? An empty table is. */
bool node_is_list(const struct node *node);
/* Brings items into the order that struct node tells. */
void node_sort(struct node *table);

#endif
