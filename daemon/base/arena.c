#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An arena and its first chunk are one block, small enough for malloc's caches of a thread (up to 1,032 bytes). */
enum { FIRST_BLOCK = 1016, SECOND_CHUNK = 2048, LARGEST_CHUNK = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, room;
    alignas(max_align_t) unsigned char bytes[];
};

struct carillon_arena {
    struct chunk *chunks; /* the one in use first, the one in the arena's own block last */
    size_t taken, bound;
    alignas(max_align_t) size_t next_room;
};

struct carillon_arena *arena_new(size_t bound)
{
    struct carillon_arena *arena = malloc(FIRST_BLOCK);
    if (!arena)
        return NULL;
    struct chunk *first = (struct chunk *)(arena + 1);
    *first = (struct chunk){ .room = FIRST_BLOCK - sizeof *arena - sizeof *first };
    *arena = (struct carillon_arena){ .chunks = first, .bound = bound, .next_room = SECOND_CHUNK };
    return arena;
}

void arena_free(struct carillon_arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks, *next; (next = chunk->next); chunk = next)
        free(chunk);
    free(arena);
}

static struct chunk *arena_grow(struct carillon_arena *arena, size_t size)
{
    size_t room = size > arena->next_room ? size : arena->next_room;
    struct chunk *chunk = malloc(sizeof *chunk + room);
    if (!chunk)
        return NULL;
    if (arena->next_room < LARGEST_CHUNK)
        arena->next_room *= 2;
    *chunk = (struct chunk){ .room = room, .next = arena->chunks };
    arena->chunks = chunk;
    return chunk;
}

void *arena_alloc(struct carillon_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > arena->bound - arena->taken)
        return NULL;
    size_t rounded = (size + unit - 1) / unit * unit;
    struct chunk *chunk = arena->chunks;
    if (rounded > chunk->room - chunk->used)
        chunk = arena_grow(arena, rounded);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->taken += size;
    return memset(memory, 0, size);
}

struct carillon_str arena_str(struct carillon_arena *arena, struct carillon_str str)
{
    char *copy = str.ptr ? arena_alloc(arena, str.len + 1) : NULL;
    if (!copy)
        return (struct carillon_str){ 0 };
    memcpy(copy, str.ptr, str.len);
    return (struct carillon_str){ copy, str.len };
}

struct carillon_str arena_printf(struct carillon_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return (struct carillon_str){ 0 };
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (struct carillon_str){ text, (size_t)len };
}
