/*
 * "Did you mean ...?" Pure.
 */
#ifndef CARILLON_CONFIG_NEAREST_H
#define CARILLON_CONFIG_NEAREST_H

#include <stddef.h>

/* Keeps the nearest of the names that are offered one after the other. Zeroed with `wanted` set: at the start. */
struct nearest {
    const char *wanted;
    const char *best; /* points into what was offered; NULL: none is near enough */
    size_t best_len, distance;
};

void nearest_offer(struct nearest *nearest, const char *name, size_t len);
/* Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other. */
size_t nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
