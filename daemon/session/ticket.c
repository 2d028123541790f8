#include "session/ticket.h"
#include "base/base64url.h"
#include "base/hash.h"
#include "loop/worker.h"
#include "session/token.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * A ticket is used on whichever worker accepts the connection, so all workers share one table, with a lock a shard. The
 * hash's own order is the order of insertion, thus of expiry.
 */
enum { SHARDS = 16, PER_SHARD_MAX = 4096, LIFE_MS = 30000, RANDOM_BYTES = 32, TEXT_LEN = BASE64URL_LEN(RANDOM_BYTES) };
_Static_assert((int)TEXT_LEN < (int)TICKET_SIZE, "a ticket and its NUL fit");

struct ticket {
    UT_hash_handle hh;
    struct identity *identity;
    int64_t until_ms; /* monotonic */
    char text[TEXT_LEN + 1];
};

static struct shard {
    pthread_mutex_t lock;
    struct ticket *tickets;
} shards[SHARDS];

static struct shard *shard_of(const char *text)
{
    return &shards[(unsigned char)text[0] % SHARDS];
}

static void remove_ticket(struct shard *shard, struct ticket *ticket)
{
    HASH_DEL(shard->tickets, ticket);
    identity_unref(ticket->identity);
    free(ticket);
}

static void remove_expired(struct shard *shard, int64_t now_ms)
{
    while (shard->tickets && shard->tickets->until_ms <= now_ms)
        remove_ticket(shard, shard->tickets);
}

void tickets_open(void)
{
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shards[i].lock, NULL);
}

void tickets_close(void)
{
    for (size_t i = 0; i < SHARDS; i++) {
        remove_expired(&shards[i], INT64_MAX);
        pthread_mutex_destroy(&shards[i].lock);
    }
}

static struct ticket *ticket_new(const struct identity *identity)
{
    unsigned char random[RANDOM_BYTES];
    struct ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket || RAND_bytes(random, sizeof random) != 1) {
        free(ticket);
        return NULL;
    }
    base64url_encode(random, sizeof random, ticket->text);
    ticket->identity = identity_ref(identity);
    ticket->until_ms = loop_monotonic_ms() + LIFE_MS;
    return ticket;
}

enum carillon_result ticket_issue(const struct identity *identity, char *out, int64_t *expires_ms)
{
    struct ticket *ticket = ticket_new(identity);
    if (!ticket)
        return CARILLON_NO_MEMORY;
    memcpy(out, ticket->text, sizeof ticket->text);
    *expires_ms = loop_wall_ms() + LIFE_MS;
    struct shard *shard = shard_of(ticket->text);
    pthread_mutex_lock(&shard->lock);
    remove_expired(shard, loop_monotonic_ms());
    bool room = HASH_COUNT(shard->tickets) < PER_SHARD_MAX;
    if (room)
        HASH_ADD(hh, shard->tickets, text, TEXT_LEN, ticket);
    pthread_mutex_unlock(&shard->lock);
    if (room)
        return CARILLON_OK;
    identity_unref(ticket->identity);
    free(ticket);
    return CARILLON_BUSY;
}

struct identity *ticket_redeem(struct carillon_str text)
{
    struct identity *identity = NULL;
    struct ticket *ticket;
    if (text.len != TEXT_LEN)
        return NULL;
    struct shard *shard = shard_of(text.ptr);
    pthread_mutex_lock(&shard->lock);
    remove_expired(shard, loop_monotonic_ms());
    HASH_FIND(hh, shard->tickets, text.ptr, TEXT_LEN, ticket);
    if (ticket) {
        identity = identity_ref(ticket->identity);
        remove_ticket(shard, ticket);
    }
    pthread_mutex_unlock(&shard->lock);
    bool expired = identity && identity->expires_ms && identity->expires_ms <= loop_wall_ms();
    if (!expired && (!identity || !identity_is_revoked(identity)))
        return identity;
    identity_unref(identity);
    return NULL;
}
