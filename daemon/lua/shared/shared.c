#include "lua/shared/shared.h"
#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <utlist.h>

enum { SHARDS = 64, LOOKS_A_PUT = 4, LOOKS_A_SWEEP = 256, ROOM_DEFAULT = 64 << 20 };

struct entry {
    UT_hash_handle hh;
    struct entry *prev, *next; /* the latest used first */
    int64_t until_ms;
    size_t key_len, size;
    _Alignas(8) char bytes[]; /* the value; then the key: its kind, and its text */
};

/* A key as the table has it: its kind, a hash of the app's name (the same in every process), and its text. */
enum { KEY_TEXT_AT = 1 + sizeof(uint64_t), KEY_ROOM = KEY_TEXT_AT + SHARED_KEY_MAX };

/* uthash holds about so much for each entry besides the entry itself. */
enum { ENTRY_BESIDES = 32 };

struct shared_shard {
    _Alignas(64) pthread_mutex_t lock;
    struct shared *shared;
    struct entry *table, *list;
    struct entry *hand; /* where the sweep goes on, in the order in which they were put; NULL: at the first */
    size_t bytes;
    /* what was locked */
    unsigned changed; /* kinds of which something was written, as bits */
    struct entry *found;
    size_t key_len;
    char key[KEY_ROOM];
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
    if (shard->hand == entry)
        shard->hand = entry->hh.next;
    HASH_DEL(shard->table, entry);
    DL_DELETE(shard->list, entry);
    shard->bytes -= entry_bytes(entry);
    if (shard->found == entry)
        shard->found = NULL;
    free(entry);
}

/* Some of those whose time is over go, wherever they are. */
static void sweep(struct shared_shard *shard, int looks, int64_t now_ms)
{
    for (int i = 0; i < looks && shard->table; i++) {
        struct entry *entry = shard->hand ? shard->hand : shard->table;
        shard->hand = entry->hh.next;
        if (entry->until_ms <= now_ms)
            entry_free(shard, entry);
    }
}

/* Each new one looks at several others, so that what is over never fills the room; then the oldest go. */
static void make_room(struct shared_shard *shard, size_t bytes, int64_t now_ms)
{
    size_t most = atomic_load_explicit(&shard->shared->room, memory_order_relaxed) / SHARDS;
    sweep(shard, LOOKS_A_PUT, now_ms);
    while (shard->list && shard->bytes + bytes > most) {
        if (shard->list->prev->until_ms > now_ms)
            atomic_fetch_add_explicit(&shard->shared->forgotten, 1, memory_order_relaxed);
        entry_free(shard, shard->list->prev);
    }
}

static struct shared_shard *lock_whole(struct shared *shared, const char *whole, size_t len)
{
    struct shared_shard *shard = &shared->shards[XXH3_64bits_withSeed(whole, len, ~hash_seed) % SHARDS];
    pthread_mutex_lock(&shard->lock);
    memcpy(shard->key, whole, len);
    shard->key_len = len;
    HASH_FIND(hh, shard->table, shard->key, shard->key_len, shard->found);
    return shard;
}

struct shared_shard *shared_lock(struct shared *shared, const struct shared_key *key)
{
    assert(key->key.len >= 1 && key->key.len <= SHARED_KEY_MAX);
    char whole[KEY_ROOM];
    uint64_t app = XXH3_64bits(key->app.ptr ? key->app.ptr : "", key->app.len);
    whole[0] = (char)key->kind;
    memcpy(whole + 1, &app, sizeof app);
    memcpy(whole + KEY_TEXT_AT, key->key.ptr, key->key.len);
    return lock_whole(shared, whole, KEY_TEXT_AT + key->key.len);
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
    shared_note_write(shard);
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
    if (!shard->found)
        return;
    shared_note_write(shard);
    entry_free(shard, shard->found);
}

void shared_note_write(struct shared_shard *shard)
{
    shard->changed |= 1u << shard->key[0];
}

/* ---- keeping ---- */

static void each_of_shard(const struct shared_shard *shard, enum shared_kind kind, int64_t now_ms, shared_each_fn each,
                          void *arg)
{
    const struct entry *entry = shard->list ? shard->list->prev : NULL;
    for (; entry; entry = entry == shard->list ? NULL : entry->prev) {
        struct carillon_str key = { entry->bytes + entry->size, entry->key_len };
        if (key.ptr[0] == (char)kind && entry->until_ms > now_ms)
            each(key, (struct carillon_str){ entry->bytes, entry->size }, entry->until_ms, arg);
    }
}

void shared_each(enum shared_kind kind, int64_t now_ms, shared_each_fn each, void *arg)
{
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&daemons.shards[i].lock);
        each_of_shard(&daemons.shards[i], kind, now_ms, each, arg);
        pthread_mutex_unlock(&daemons.shards[i].lock);
    }
}

bool shared_restore(struct carillon_str key, struct carillon_str value, int64_t until_ms, int64_t now_ms)
{
    if (key.len <= KEY_TEXT_AT || key.len > KEY_ROOM || value.len > SHARED_VALUE_MAX)
        return false;
    struct shared_shard *shard = lock_whole(&daemons, key.ptr, key.len);
    void *to = shared_put(shard, value.len, until_ms, now_ms);
    if (to)
        memcpy(to, value.ptr, value.len);
    shared_unlock(shard);
    return to != NULL;
}

bool shared_take_changed(enum shared_kind kind)
{
    bool changed = false;
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&daemons.shards[i].lock);
        changed |= daemons.shards[i].changed & 1u << kind;
        daemons.shards[i].changed &= ~(1u << kind);
        pthread_mutex_unlock(&daemons.shards[i].lock);
    }
    return changed;
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

void shared_sweep(int64_t now_ms)
{
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&daemons.shards[i].lock);
        sweep(&daemons.shards[i], LOOKS_A_SWEEP, now_ms);
        pthread_mutex_unlock(&daemons.shards[i].lock);
    }
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
