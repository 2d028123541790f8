#include "base/hash.h"
#include "listener/listener_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Connections live on all workers and are counted by address over all of them; connecting is rare enough for a lock. */
struct peer {
    UT_hash_handle hh;
    size_t connections;
    size_t len;
    char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct peer *peers;

static struct peer *peer_new(struct carillon_str address)
{
    struct peer *peer = calloc(1, sizeof *peer + address.len + 1);
    if (!peer)
        return NULL;
    peer->len = address.len;
    memcpy(peer->text, address.ptr, address.len);
    HASH_ADD(hh, peers, text, peer->len, peer);
    return peer;
}

struct peer *peer_enter(struct carillon_str address, size_t most)
{
    struct peer *peer = NULL;
    pthread_mutex_lock(&lock);
    HASH_FIND(hh, peers, address.ptr, address.len, peer);
    if (!peer)
        peer = peer_new(address);
    else if (most && peer->connections >= most)
        peer = NULL;
    if (peer)
        peer->connections++;
    pthread_mutex_unlock(&lock);
    return peer;
}

void peer_leave(struct peer *peer)
{
    if (!peer)
        return;
    pthread_mutex_lock(&lock);
    if (--peer->connections == 0) {
        HASH_DEL(peers, peer);
        free(peer);
    }
    pthread_mutex_unlock(&lock);
}

struct carillon_str peer_address(const struct peer *peer)
{
    return peer ? (struct carillon_str){ peer->text, peer->len } : CARILLON_STR("");
}
