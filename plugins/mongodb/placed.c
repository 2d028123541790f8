#include "placed.h"

#include "adoption.h"

void placed_open(struct placed *placed)
{
    pthread_mutex_init(&placed->lock, NULL);
    pthread_cond_init(&placed->ended, NULL);
}

static void drop(struct placed *placed, int at)
{
    bson_destroy(placed->items[at].key);
    placed->items[at].key = NULL;
    placed->items[at].done = false;
}

void placed_close(struct placed *placed)
{
    for (int i = 0; i < PLACED_MAX; i++)
        drop(placed, i);
    pthread_cond_destroy(&placed->ended);
    pthread_mutex_destroy(&placed->lock);
}

/* -1: it is not there. */
static int find(const struct placed *placed, const bson_value_t *key)
{
    int found = -1;
    bson_t *wanted = adoption_by_key(key);
    for (int i = 0; i < PLACED_MAX && found < 0; i++) {
        if (placed->items[i].key && bson_equal(placed->items[i].key, wanted))
            found = i;
    }
    bson_destroy(wanted);
    return found;
}

bool placed_begin(struct placed *placed, const bson_value_t *key)
{
    pthread_mutex_lock(&placed->lock);
    bool fresh = find(placed, key) < 0;
    if (fresh) {
        int at = (int)(placed->next++ % PLACED_MAX);
        drop(placed, at);
        placed->items[at].key = adoption_by_key(key);
    }
    pthread_mutex_unlock(&placed->lock);
    return fresh;
}

void placed_end(struct placed *placed, const bson_value_t *key, bool done)
{
    pthread_mutex_lock(&placed->lock);
    int at = find(placed, key);
    if (at >= 0 && done)
        placed->items[at].done = true;
    else if (at >= 0)
        drop(placed, at);
    pthread_cond_signal(&placed->ended);
    pthread_mutex_unlock(&placed->lock);
}

bool placed_pass(struct placed *placed, const bson_value_t *key)
{
    int at;
    pthread_mutex_lock(&placed->lock);
    while ((at = find(placed, key)) >= 0 && !placed->items[at].done)
        pthread_cond_wait(&placed->ended, &placed->lock);
    if (at >= 0)
        drop(placed, at);
    pthread_mutex_unlock(&placed->lock);
    return at >= 0;
}
