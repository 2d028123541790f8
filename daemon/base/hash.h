/*
 * Hash tables: uthash (BSD licence), keyed by XXH3 with a seed of this process, so that nobody outside can choose names
 * that collide. Include this in place of uthash.h. A table belongs to one thread.
 */
#ifndef CARILLON_BASE_HASH_H
#define CARILLON_BASE_HASH_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Set once by hash_seed_init on the main thread, before the workers. */
extern uint64_t hash_seed;
void hash_seed_init(void);

#define HASH_FUNCTION(key, length, value) ((value) = (unsigned)XXH3_64bits_withSeed((key), (length), hash_seed))
#define uthash_fatal(message) abort()
#include <uthash.h>

/* A key made of an app and a name within it, on the stack or at the end of a struct. */
enum { SCOPED_NAME_MAX = 320 };

struct scoped_key {
    uintptr_t scope;
    char name[SCOPED_NAME_MAX];
};

/* The key's length for HASH_FIND and HASH_ADD_KEYPTR; 0 if the name is too long. */
static inline size_t scoped_key_make(struct scoped_key *key, const void *scope, const char *name, size_t len)
{
    if (len > sizeof key->name)
        return 0;
    key->scope = (uintptr_t)scope;
    memcpy(key->name, name, len);
    return sizeof key->scope + len;
}

#endif
