#include "api_replays.h"
#include "api_auth.h"
#include "signature.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

/* An HMAC says which secret made it, so the app need not be part of the key. The table's order is that of insertion. */
enum { REMEMBERED_MAX = 1 << 20, REMEMBERED_MS = 2 * AUTH_TIMESTAMP_SECONDS * 1000 };

struct seen {
    UT_hash_handle hh;
    int64_t until_ms;
    char signature[SIGNATURE_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct seen *all;

static void forget_old(int64_t now_ms)
{
    while (all && all->until_ms <= now_ms) {
        struct seen *oldest = all;
        HASH_DEL(all, oldest);
        free(oldest);
    }
}

static enum carillon_result remember(struct carillon_str signature, int64_t now_ms)
{
    struct seen *seen = NULL;
    forget_old(now_ms);
    HASH_FIND(hh, all, signature.ptr, SIGNATURE_SIZE - 1, seen);
    if (seen)
        return CARILLON_EXISTS;
    seen = HASH_COUNT(all) < REMEMBERED_MAX ? calloc(1, sizeof *seen) : NULL;
    if (!seen)
        return CARILLON_LIMIT;
    memcpy(seen->signature, signature.ptr, SIGNATURE_SIZE - 1);
    seen->until_ms = now_ms + REMEMBERED_MS;
    HASH_ADD(hh, all, signature, SIGNATURE_SIZE - 1, seen);
    return CARILLON_OK;
}

enum carillon_result replays_note(struct carillon_str signature, int64_t now_ms)
{
    if (signature.len != SIGNATURE_SIZE - 1)
        return CARILLON_INVALID;
    pthread_mutex_lock(&lock);
    enum carillon_result result = remember(signature, now_ms);
    pthread_mutex_unlock(&lock);
    return result;
}

bool replays_take(const struct carillon_app *app, struct carillon_str signature, int64_t now_ms)
{
    return !app->refuse_replays || replays_note(signature, now_ms) == CARILLON_OK;
}

void replays_forget(struct carillon_str signature)
{
    struct seen *seen = NULL;
    pthread_mutex_lock(&lock);
    HASH_FIND(hh, all, signature.ptr, SIGNATURE_SIZE - 1, seen);
    if (seen)
        HASH_DEL(all, seen);
    pthread_mutex_unlock(&lock);
    free(seen);
}

void replays_free(void)
{
    forget_old(INT64_MAX);
}
