/*
 * Which inserted messages the look-ahead (ahead.h) has given their place before the change stream came to them: the stream
 * passes those by, and waits for the one that is in hand.
 */
#ifndef MONGODB_PLACED_H
#define MONGODB_PLACED_H

#include "store.h"

#include <pthread.h>

enum { PLACED_MAX = 256 }; /* what fell out of it is looked at a second time, and found done */

struct placed {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct {
        bson_t *key; /* { _id }; NULL: free */
        bool done;
    } items[PLACED_MAX];
    unsigned next;
};

void placed_open(struct placed *placed);
void placed_close(struct placed *placed);

/* The look-ahead takes it in hand. False: it did so once already, and this is another life of that _id. */
bool placed_begin(struct placed *placed, const bson_value_t *key);
/* done: it has its place. Else it is the change stream's. */
void placed_end(struct placed *placed, const bson_value_t *key, bool done);
/* The change stream has come to it: has it its place? Waits while it is in hand. */
bool placed_pass(struct placed *placed, const bson_value_t *key);

#endif
