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
/*
 * For keeping the daemon's values of a kind through a restart. Keys are given as they are held, with their app and kind in
 * them, the same in every process. each: the latest used last, while the value's shard is locked. restore: as shared_put.
 */
typedef void (*shared_each_fn)(struct carillon_str key, struct carillon_str value, int64_t until_ms, void *arg);
void shared_each(enum shared_kind kind, int64_t now_ms, shared_each_fn each, void *arg);
bool shared_restore(struct carillon_str key, struct carillon_str value, int64_t until_ms, int64_t now_ms);
/* Was anything of the kind written since the last time? Values that were found and then written to count if their writer
   says so. */
bool shared_take_changed(enum shared_kind kind);
void shared_note_write(struct shared_shard *shard);
/* Frees some of what is over; to be called now and then, so that the memory comes back where nothing is stored any more. */
void shared_sweep(int64_t now_ms);
/* Keys that are held, and those that were forgotten for want of room. */
size_t shared_count(void);
uint64_t shared_count_forgotten(void);
/* Main thread, when no worker runs any more. */
void shared_clear(void);

#endif
