#include "session/throttle.h"
#include "base/hash.h"
#include "loop/worker.h"

#include <pthread.h>
#include <stdio.h>

/*
 * Generic cell rate: a bucket is the one moment at which it will be full again. Buckets that are full are forgotten. When
 * too many are not, somebody uses very many addresses, and new ones are refused until that moment has come for some.
 */
enum { BUCKETS_MAX = 65536, KEY_MAX = 256 };

struct bucket {
    UT_hash_handle hh;
    int64_t full_us; /* monotonic */
    size_t key_len;
    char key[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct bucket *buckets;
static int64_t next_sweep_us;

static void sweep(int64_t now_us)
{
    struct bucket *bucket, *next;
    HASH_ITER (hh, buckets, bucket, next) {
        if (bucket->full_us > now_us)
            continue;
        HASH_DEL(buckets, bucket);
        free(bucket);
    }
}

static struct bucket *bucket_get(const char *key, size_t len, int64_t now_us)
{
    struct bucket *bucket;
    HASH_FIND(hh, buckets, key, len, bucket);
    if (bucket)
        return bucket;
    if (HASH_COUNT(buckets) >= BUCKETS_MAX / 2 && now_us >= next_sweep_us) {
        sweep(now_us);
        next_sweep_us = now_us + 1000000;
    }
    bucket = HASH_COUNT(buckets) < BUCKETS_MAX ? calloc(1, sizeof *bucket + len) : NULL;
    if (!bucket)
        return NULL;
    memcpy(bucket->key, key, len);
    bucket->key_len = len;
    HASH_ADD_KEYPTR(hh, buckets, bucket->key, bucket->key_len, bucket);
    return bucket;
}

static size_t make_key(char key[KEY_MAX], const char *what, struct carillon_str app, struct carillon_str who)
{
    int len = snprintf(key, KEY_MAX, "%s %.*s ", what, (int)app.len, app.ptr);
    size_t used = len < KEY_MAX ? (size_t)len : KEY_MAX;
    size_t rest = who.len < KEY_MAX - used ? who.len : KEY_MAX - used;
    memcpy(key + used, who.ptr, rest);
    return used + rest;
}

bool throttle_take(const char *what, struct carillon_str app, struct carillon_str who, unsigned burst,
                   int64_t interval_us)
{
    char key[KEY_MAX];
    size_t len = make_key(key, what, app, who);
    int64_t now_us = loop_monotonic_ms() * 1000;
    pthread_mutex_lock(&lock);
    struct bucket *bucket = bucket_get(key, len, now_us);
    int64_t full_us = bucket && bucket->full_us > now_us ? bucket->full_us : now_us;
    bool good = bucket && full_us + interval_us <= now_us + (int64_t)burst * interval_us;
    if (good)
        bucket->full_us = full_us + interval_us;
    pthread_mutex_unlock(&lock);
    return good;
}

void throttle_free(void)
{
    pthread_mutex_lock(&lock);
    sweep(INT64_MAX);
    pthread_mutex_unlock(&lock);
}
