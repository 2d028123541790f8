/*
 * Lays what a later source set over what earlier ones did.
 */
#ifndef CARILLON_CONFIG_MERGE_H
#define CARILLON_CONFIG_MERGE_H

#include "config/node.h"
#include <carillon/option.h>

/* Merges a named entry into the table `base` as the options say. False: memory is short. */
bool merge_fields(struct carillon_arena *arena, struct node *base, const struct node *over,
                  const struct carillon_option *fields, size_t field_count);
/* An entry of a MAP: a copy of base with over on top; NULL: memory is short. */
struct node *merge_entry(struct carillon_arena *arena, const struct node *base, const struct node *over,
                         const struct carillon_option *map);

#endif
