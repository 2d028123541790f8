/*
 * What is declared: the top level's options and the sections, together one record of options. Main thread.
 */
#ifndef CARILLON_CONFIG_SECTIONS_H
#define CARILLON_CONFIG_SECTIONS_H

#include "config/config.h"

/* All of the top level, each section as a RECORD, in the order declared; in the arena. NULL when memory is short. */
struct carillon_option *sections_flatten(struct carillon_arena *arena, size_t *n);
const struct carillon_option *option_find(const struct carillon_option *options, size_t n, const char *name);

#endif
