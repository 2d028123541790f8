#include "lua/shared.h"
#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <utlist.h>

enum { SHARDS = 64, LOOKED_AT = 2, ROOM_DEFAULT = 64 << 20 };

struct entry {
    UT_hash_handle hh;
    struct entry *prev, *next; /* the latest used first */
    int64_t until_ms;
    size_t key_len, size;
    _Alignas(8) char bytes[]; /* the value; then the key: its kind, and its text */
};

/* uthash holds about so much for each entry besides the entry itself. */
enum { ENTRY_BESIDES = 32 };

struct shared_shard {
    _Alignas(64) pthread_mutex_t lock;
    struct shared *shared;
    struct entry *table, *list;
    size_t bytes;
    /* what was locked */
    struct entry *found;
    size_t key_len;
    char key[1 + SHARED_KEY_MAX];
};

struct shared {
    struct shared_shard shards[SHARDS];
    atomic_size_t room;
    atomic_uint_least64_t forgotten;
};

static struct shared daemons = {
    .shards = { [0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER, .shared = &daemons } },
    .room = ROOM_DEFAULT,
};

static size_t entry_bytes(const struct entry *entry)
{
    return sizeof *entry + entry->size + entry->key_len + ENTRY_BESIDES;
}

static void entry_free(struct shared_shard *shard, struct entry *entry)
{
    HASH_DEL(shard->table, entry);
    DL_DELETE(shard->list, entry);
    shard->bytes -= entry_bytes(entry);
    if (shard->found == entry)
        shard->found = NULL;
    free(entry);
}

/* The oldest go when their time is over, and when there is no room. */
static void make_room(struct shared_shard *shard, size_t bytes, int64_t now_ms)
{
    size_t most = atomic_load_explicit(&shard->shared->room, memory_order_relaxed) / SHARDS;
    for (int i = 0; i < LOOKED_AT && shard->list && shard->list->prev->until_ms <= now_ms; i++)
        entry_free(shard, shard->list->prev);
    while (shard->list && shard->bytes + bytes > most) {
        if (shard->list->prev->until_ms > now_ms)
            atomic_fetch_add_explicit(&shard->shared->forgotten, 1, memory_order_relaxed);
        entry_free(shard, shard->list->prev);
    }
}

struct shared_shard *shared_lock(struct shared *shared, enum shared_kind kind, struct carillon_str key)
{
    assert(key.len >= 1 && key.len <= SHARED_KEY_MAX);
    char whole[1 + SHARED_KEY_MAX];
    whole[0] = (char)kind;
    memcpy(whole + 1, key.ptr, key.len);
    struct shared_shard *shard = &shared->shards[XXH3_64bits_withSeed(whole, key.len + 1, ~hash_seed) % SHARDS];
    pthread_mutex_lock(&shard->lock);
    memcpy(shard->key, whole, key.len + 1);
    shard->key_len = key.len + 1;
    HASH_FIND(hh, shard->table, shard->key, shard->key_len, shard->found);
    return shard;
}

void shared_unlock(struct shared_shard *shard)
{
    shard->found = NULL;
    pthread_mutex_unlock(&shard->lock);
}

void *shared_find(struct shared_shard *shard, int64_t now_ms, size_t *size)
{
    struct entry *entry = shard->found;
    if (entry && entry->until_ms <= now_ms) {
        entry_free(shard, entry);
        entry = NULL;
    }
    if (!entry)
        return NULL;
    DL_DELETE(shard->list, entry);
    DL_PREPEND(shard->list, entry);
    *size = entry->size;
    return entry->bytes;
}

void *shared_put(struct shared_shard *shard, size_t size, int64_t until_ms, int64_t now_ms)
{
    assert(size <= SHARED_VALUE_MAX);
    shared_remove(shard);
    make_room(shard, sizeof(struct entry) + size + shard->key_len + ENTRY_BESIDES, now_ms);
    struct entry *entry = calloc(1, sizeof *entry + size + shard->key_len);
    if (!entry)
        return NULL;
    entry->until_ms = until_ms;
    entry->size = size;
    entry->key_len = shard->key_len;
    memcpy(entry->bytes + size, shard->key, shard->key_len);
    HASH_ADD_KEYPTR(hh, shard->table, entry->bytes + size, entry->key_len, entry);
    DL_PREPEND(shard->list, entry);
    shard->bytes += entry_bytes(entry);
    shard->found = entry;
    return entry->bytes;
}

void shared_keep_until(struct shared_shard *shard, int64_t until_ms)
{
    shard->found->until_ms = until_ms;
}

int64_t shared_until(const struct shared_shard *shard)
{
    return shard->found->until_ms;
}

void shared_remove(struct shared_shard *shard)
{
    if (shard->found)
        entry_free(shard, shard->found);
}

/* ---- the whole ---- */

struct shared *shared_of_daemon(void)
{
    return &daemons;
}

struct shared *shared_new(void)
{
    struct shared *shared = aligned_alloc(_Alignof(struct shared), sizeof *shared);
    if (!shared)
        return NULL;
    memset(shared, 0, sizeof *shared);
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&shared->shards[i].lock, NULL);
        shared->shards[i].shared = shared;
    }
    atomic_init(&shared->room, ROOM_DEFAULT);
    return shared;
}

static void clear(struct shared *shared)
{
    for (int i = 0; i < SHARDS; i++)
        while (shared->shards[i].list)
            entry_free(&shared->shards[i], shared->shards[i].list);
}

void shared_free(struct shared *shared)
{
    if (!shared)
        return;
    clear(shared);
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&shared->shards[i].lock);
    free(shared);
}

void shared_set_room(size_t bytes)
{
    atomic_store(&daemons.room, bytes);
}

size_t shared_count(void)
{
    size_t count = 0;
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&daemons.shards[i].lock);
        count += HASH_COUNT(daemons.shards[i].table);
        pthread_mutex_unlock(&daemons.shards[i].lock);
    }
    return count;
}

uint64_t shared_count_forgotten(void)
{
    return atomic_load(&daemons.forgotten);
}

void shared_clear(void)
{
    clear(&daemons);
}
