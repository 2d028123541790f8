#include "session/revocation.h"
#include "base/hash.h"
#include "loop/worker.h"
#include "session/token.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_EVERY = 256 };

/* Read at each sign-in on every worker, written rarely: one lock for readers and writers. */
struct revocation {
    UT_hash_handle hh;
    int64_t at_ms, until_ms;
    size_t key_len;
    char key[]; /* app, NUL, 'u' or 't', id */
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct revocation *revocations;
static unsigned since_sweep;
static atomic_bool loaded;

static void sweep(int64_t now_ms)
{
    struct revocation *each, *next;
    HASH_ITER (hh, revocations, each, next) {
        if (each->until_ms > now_ms)
            continue;
        HASH_DEL(revocations, each);
        free(each);
    }
    since_sweep = 0;
}

void revocations_open(void)
{
    revocations_close();
}

void revocations_close(void)
{
    sweep(INT64_MAX);
    atomic_store(&loaded, false);
}

void revocations_set_loaded(void)
{
    atomic_store(&loaded, true);
}

bool revocations_are_loaded(void)
{
    return atomic_load(&loaded);
}

enum { KEY_MAX = 512 };

/* 0: too long to be anybody's. */
static size_t make_key(char key[KEY_MAX], const struct app *app, char kind, struct carillon_str id)
{
    size_t len = app->name.len + 2 + id.len;
    if (len > KEY_MAX)
        return 0;
    memcpy(key, app->name.ptr, app->name.len);
    key[app->name.len] = '\0';
    key[app->name.len + 1] = kind;
    memcpy(key + app->name.len + 2, id.ptr, id.len);
    return len;
}

static enum carillon_result add(const char *key, size_t len, int64_t at_ms, int64_t until_ms)
{
    struct revocation *found;
    HASH_FIND(hh, revocations, key, len, found);
    if (!found) {
        found = calloc(1, sizeof *found + len);
        if (!found)
            return CARILLON_NO_MEMORY;
        memcpy(found->key, key, len);
        found->key_len = len;
        HASH_ADD_KEYPTR(hh, revocations, found->key, found->key_len, found);
    }
    if (at_ms > found->at_ms)
        found->at_ms = at_ms;
    if (until_ms > found->until_ms)
        found->until_ms = until_ms;
    return CARILLON_OK;
}

enum carillon_result token_revoke(const struct app *app, struct carillon_str user, struct carillon_str token_id,
                                  int64_t at_ms, int64_t until_ms)
{
    char key[KEY_MAX];
    bool one = token_id.len > 0;
    size_t len = make_key(key, app, one ? 't' : 'u', one ? token_id : user);
    if (!len)
        return CARILLON_INVALID;
    pthread_rwlock_wrlock(&lock);
    enum carillon_result result = add(key, len, at_ms, until_ms);
    if (++since_sweep >= SWEEP_EVERY)
        sweep(loop_wall_ms());
    pthread_rwlock_unlock(&lock);
    return result;
}

/* The moment before which the id's tokens are void; INT64_MIN: none. */
static int64_t revoked_at(const struct app *app, char kind, struct carillon_str id)
{
    char key[KEY_MAX];
    const struct revocation *found = NULL;
    size_t len = make_key(key, app, kind, id);
    if (len)
        HASH_FIND(hh, revocations, key, len, found);
    return found ? found->at_ms : INT64_MIN;
}

bool identity_is_revoked(const struct identity *identity)
{
    if (identity->server)
        return false;
    pthread_rwlock_rdlock(&lock);
    bool revoked = revoked_at(identity->app, 'u', identity->user.id) > identity->issued_ms ||
                   (identity->token_id.len && revoked_at(identity->app, 't', identity->token_id) != INT64_MIN);
    pthread_rwlock_unlock(&lock);
    return revoked;
}
