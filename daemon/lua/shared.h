/*
 * What scripts of all workers share: small values by key, which end after a time, in bounded memory. Sharded by key; each
 * shard has a lock that is held for a few hundred instructions, never across a call that may wait or raise an error. When
 * memory is full, what was not used for longest is forgotten. Any thread. It outlives an exchange of the scripts.
 */
#ifndef CARILLON_LUA_SHARED_H
#define CARILLON_LUA_SHARED_H

#include <carillon/types.h>

enum { SHARED_KEY_MAX = 256, SHARED_VALUE_MAX = 16384 };

/* Several kinds of values live side by side; the same key of two kinds are two values. */
enum shared_kind { SHARED_KV, SHARED_TOKEN, SHARED_WINDOW };

struct shared;
struct shared_shard;

/* The daemon's own; and others, for trials. NULL: memory is short. */
struct shared *shared_of_daemon(void);
struct shared *shared_new(void);
void shared_free(struct shared *shared);

/* Between these two nothing else is done with the key. key: 1 to SHARED_KEY_MAX bytes; each app has its own. */
struct shared_key {
    enum shared_kind kind;
    struct carillon_str app, key;
};
struct shared_shard *shared_lock(struct shared *shared, const struct shared_key *key);
void shared_unlock(struct shared_shard *shard);

/* The value of the key that was locked, good until the shard is unlocked or written to; NULL: there is none, or its time
   is over. It counts as used. */
void *shared_find(struct shared_shard *shard, int64_t now_ms, size_t *size);
/* A new value of `size` bytes (at most SHARED_VALUE_MAX), zeroed, in place of any; NULL: memory is short. until_ms: as
   now_ms, INT64_MAX: without end. */
void *shared_put(struct shared_shard *shard, size_t size, int64_t until_ms, int64_t now_ms);
/* For one that was found: when its time is over. */
void shared_keep_until(struct shared_shard *shard, int64_t until_ms);
int64_t shared_until(const struct shared_shard *shard);
void shared_remove(struct shared_shard *shard);

/* The daemon's. bytes: of keys, values and what is noted of each, all together; may change at any time. Any thread. */
void shared_set_room(size_t bytes);
/* Frees some of what is over; to be called now and then, so that the memory comes back where nothing is stored any more. */
void shared_sweep(int64_t now_ms);
/* Keys that are held, and those that were forgotten for want of room. */
size_t shared_count(void);
uint64_t shared_count_forgotten(void);
/* Main thread, when no worker runs any more. */
void shared_clear(void);

#endif
