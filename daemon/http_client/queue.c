#include "http_client/client_private.h"

#include "base/handle.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    WAITING_BYTES_MAX = 32 << 20, /* of all that wait, a worker */
    HAUNT_SECONDS = 30            /* glibc's resolver asks three servers twice, five seconds each */
};

/* A place that nobody uses but a resolver's thread. */
struct ghost {
    TAILQ_ENTRY(ghost) link;
    struct wheel_item leave;
    struct client *client;
    struct owner *owner;
};

static atomic_size_t all_running, all_waiting;

size_t http_client_count_running(void)
{
    return atomic_load_explicit(&all_running, memory_order_relaxed);
}

size_t http_client_count_waiting(void)
{
    return atomic_load_explicit(&all_waiting, memory_order_relaxed);
}

/* ---- owners ---- */

static struct owner *owner_get(struct client *client, const void *key)
{
    struct owner *owner;
    TAILQ_FOREACH (owner, &client->owners, link)
        if (owner->key == key)
            return owner;
    owner = calloc(1, sizeof *owner);
    if (!owner)
        return NULL;
    owner->key = key;
    TAILQ_INIT(&owner->queue);
    TAILQ_INSERT_HEAD(&client->owners, owner, link);
    return owner;
}

static void owner_leave(struct client *client, struct owner *owner)
{
    if (owner->places || owner->waiting)
        return;
    TAILQ_REMOVE(&client->owners, owner, link);
    free(owner);
}

/* ---- waiting ---- */

static void fetch_expired(struct wheel_item *item)
{
    struct fetch *fetch = (struct fetch *)((char *)item - offsetof(struct fetch, expiry));
    fetch_finish_as(fetch, CARILLON_FETCH_TIMEOUT, "it waited too long for a place");
}

static bool is_full(const struct client *client, const struct owner *owner, const struct fetch *fetch)
{
    return client->waiting >= http_client_bound_waiting() || owner->waiting >= http_client_bound_waiting_owner() ||
           client->waiting_bytes + fetch->weight > WAITING_BYTES_MAX;
}

enum carillon_result queue_admit(struct client *client, const void *key, struct fetch *fetch)
{
    struct owner *owner = owner_get(client, key);
    if (!owner)
        return CARILLON_NO_MEMORY;
    bool full = is_full(client, owner, fetch);
    fetch->handle = full ? 0 : handle_open(HANDLE_FETCH, fetch);
    if (!fetch->handle) {
        owner_leave(client, owner);
        return full ? CARILLON_BUSY : CARILLON_NO_MEMORY;
    }
    fetch->owner = owner;
    fetch->number = ++client->last_number;
    TAILQ_INSERT_TAIL(&client->all, fetch, in_all);
    TAILQ_INSERT_TAIL(&owner->queue, fetch, in_queue);
    owner->waiting++;
    client->waiting++;
    client->waiting_bytes += fetch->weight;
    atomic_fetch_add_explicit(&all_waiting, 1, memory_order_relaxed);
    fetch->expiry.run = fetch_expired;
    wheel_set(&fetch->expiry, (unsigned)((fetch->total_ms + 999) / 1000));
    queue_run_soon(client);
    return CARILLON_OK;
}

void queue_leave(struct fetch *fetch)
{
    struct client *client = fetch->client;
    wheel_clear(&fetch->expiry);
    TAILQ_REMOVE(&fetch->owner->queue, fetch, in_queue);
    fetch->owner->waiting--;
    client->waiting--;
    client->waiting_bytes -= fetch->weight;
    atomic_fetch_sub_explicit(&all_waiting, 1, memory_order_relaxed);
}

/* ---- turns ---- */

static void trust_arrived(struct trust *trust)
{
    struct client *client = client_self();
    if (!client) {
        if (trust)
            trust_free(trust);
        return;
    }
    client->trust_asked = false;
    if (trust && client->trust)
        trust_free(client->trust);
    if (trust)
        client->trust = trust;
    queue_run_soon(client);
}

void queue_ask_trust(struct client *client)
{
    if (!client->trust_asked)
        trust_ask(trust_arrived);
    client->trust_asked = true;
}

/* Those that may come to https wait until certificates are there. */
static bool is_startable(struct client *client, const struct fetch *fetch)
{
    if (!fetch->needs_trust || client->trust)
        return true;
    queue_ask_trust(client);
    return false;
}

/* Whose turn it is: the first with something to start; he is the last from now on. */
static struct fetch *fetch_next(struct client *client)
{
    struct owner *owner;
    TAILQ_FOREACH (owner, &client->owners, link) {
        struct fetch *fetch = TAILQ_FIRST(&owner->queue);
        if (!fetch || owner->places >= http_client_bound_in_flight_owner() || !is_startable(client, fetch))
            continue;
        TAILQ_REMOVE(&client->owners, owner, link);
        TAILQ_INSERT_TAIL(&client->owners, owner, link);
        return fetch;
    }
    return NULL;
}

void queue_run(struct timer *starter)
{
    struct client *client = (struct client *)((char *)starter - offsetof(struct client, starter));
    struct fetch *fetch;
    while (client->places < http_client_bound_in_flight() && (fetch = fetch_next(client))) {
        queue_leave(fetch);
        fetch->owner->places++;
        client->places++;
        atomic_fetch_add_explicit(&all_running, 1, memory_order_relaxed);
        fetch->running = true;
        if (multi_start(fetch) != CARILLON_OK)
            fetch_finish_as(fetch, CARILLON_FETCH_FAILED, "libcurl refused it");
    }
}

void queue_run_soon(struct client *client)
{
    if (!client->starter.running)
        timer_start(&client->starter, 0);
}

void place_release(struct client *client, struct owner *owner, bool used)
{
    if (used) {
        owner->places--;
        client->places--;
        atomic_fetch_sub_explicit(&all_running, 1, memory_order_relaxed);
    }
    owner_leave(client, owner);
    if (client->waiting)
        queue_run_soon(client);
}

/* ---- ghosts ---- */

static void ghost_leave(struct wheel_item *item)
{
    struct ghost *ghost = (struct ghost *)((char *)item - offsetof(struct ghost, leave));
    TAILQ_REMOVE(&ghost->client->ghosts, ghost, link);
    wheel_clear(&ghost->leave);
    place_release(ghost->client, ghost->owner, true);
    free(ghost);
}

void place_haunt(struct client *client, struct owner *owner)
{
    struct ghost *ghost = calloc(1, sizeof *ghost);
    if (!ghost) {
        place_release(client, owner, true);
        return;
    }
    *ghost = (struct ghost){ .client = client, .owner = owner, .leave.run = ghost_leave };
    TAILQ_INSERT_TAIL(&client->ghosts, ghost, link);
    wheel_set(&ghost->leave, HAUNT_SECONDS);
}

void ghosts_free(struct client *client)
{
    struct ghost *ghost;
    while ((ghost = TAILQ_FIRST(&client->ghosts)))
        ghost_leave(&ghost->leave);
}
