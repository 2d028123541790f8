#include "session/throttle.h"
#include "base/hash.h"
#include "loop/worker.h"

#include <pthread.h>

/*
 * Generic cell rate: a bucket is the one moment at which it will be full again. Buckets that are full are forgotten. When
 * too many are not, somebody uses very many addresses, and new ones are refused until that moment has come for some.
 */
enum { BUCKETS_MAX = 65536, KEY_MAX = 256 };

struct bucket {
    UT_hash_handle hh;
    int64_t full_ms; /* monotonic */
    size_t key_len;
    char key[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct bucket *buckets;
static int64_t next_sweep_ms;

static void sweep(int64_t now_ms)
{
    struct bucket *bucket, *next;
    HASH_ITER(hh, buckets, bucket, next) {
        if (bucket->full_ms > now_ms)
            continue;
        HASH_DEL(buckets, bucket);
        free(bucket);
    }
}

static struct bucket *bucket_get(const char *key, size_t len, int64_t now_ms)
{
    struct bucket *bucket;
    HASH_FIND(hh, buckets, key, len, bucket);
    if (bucket)
        return bucket;
    if (HASH_COUNT(buckets) >= BUCKETS_MAX / 2 && now_ms >= next_sweep_ms) {
        sweep(now_ms);
        next_sweep_ms = now_ms + 1000;
    }
    bucket = HASH_COUNT(buckets) < BUCKETS_MAX ? calloc(1, sizeof *bucket + len) : NULL;
    if (!bucket)
        return NULL;
    memcpy(bucket->key, key, len);
    bucket->key_len = len;
    HASH_ADD_KEYPTR(hh, buckets, bucket->key, bucket->key_len, bucket);
    return bucket;
}

bool throttle_take(const char *what, struct carillon_str who, unsigned burst, int64_t interval_ms)
{
    char key[KEY_MAX];
    size_t what_len = strlen(what) + 1;
    size_t who_len = who.len < KEY_MAX - what_len ? who.len : KEY_MAX - what_len;
    memcpy(key, what, what_len);
    memcpy(key + what_len, who.ptr, who_len);

    int64_t now_ms = loop_monotonic_ms();
    pthread_mutex_lock(&lock);
    struct bucket *bucket = bucket_get(key, what_len + who_len, now_ms);
    int64_t full_ms = bucket && bucket->full_ms > now_ms ? bucket->full_ms : now_ms;
    bool good = bucket && full_ms + interval_ms <= now_ms + (int64_t)burst * interval_ms;
    if (good)
        bucket->full_ms = full_ms + interval_ms;
    pthread_mutex_unlock(&lock);
    return good;
}

void throttle_free(void)
{
    pthread_mutex_lock(&lock);
    sweep(INT64_MAX);
    pthread_mutex_unlock(&lock);
}
