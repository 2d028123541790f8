/*
 * Memory that is taken piece by piece and given back at once.
 *
 * An arena belongs to whoever works on the request that it came with: one thread at a time, handed over by posting.
 */
#ifndef CARILLON_BASE_ARENA_H
#define CARILLON_BASE_ARENA_H

#include <carillon/types.h>

/* bound: bytes in all; beyond it arena_alloc answers NULL. NULL when memory is short. */
struct carillon_arena *arena_new(size_t bound);
void arena_free(struct carillon_arena *arena);
/* Zeroed, aligned for any type. size 0 gives a valid pointer. */
void *arena_alloc(struct carillon_arena *arena, size_t size);
/* A copy followed by a NUL; an absent string stays absent. On lack of memory the copy is absent. */
struct carillon_str arena_str(struct carillon_arena *arena, struct carillon_str str);
struct carillon_str arena_printf(struct carillon_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
