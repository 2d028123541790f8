/*
 * What a batch of writes has gathered and not sent: new messages and changes go to the server together, one command a
 * collection, at the end of the batch or before somebody reads.
 */
#ifndef MONGODB_BATCH_H
#define MONGODB_BATCH_H

#include "query.h"

#define BATCH_LISTS(X)                                                                                                 \
    X(MESSAGES)                                                                                                        \
    X(CHANGES)

enum batch_list {
#define X(name) BATCH_##name,
    BATCH_LISTS(X)
#undef X
        BATCH_LIST_COUNT
};

struct batch_docs {
    bson_t **docs;
    size_t count, room;
};

struct batch {
    struct batch_docs lists[BATCH_LIST_COUNT];
    /*
     * Appends trust that their ids are new, which the unique indexes check. When one of them refuses, the batch is
     * undone and run again carefully: each append looks first.
     */
    bool careful;
};

/* A growing list; takes the document over. */
void batch_docs_add(struct carillon_storage_thread *thread, struct batch_docs *docs, bson_t *doc);
void batch_docs_free(struct batch_docs *docs);

/* Takes the document over. */
void batch_add(struct carillon_storage_thread *thread, enum batch_list list, bson_t *doc);
/* Sends all, the conversations' numbers too. Reading what the batch wrote needs it; outside a batch it does nothing. */
void batch_flush(struct carillon_storage_thread *thread);
/* Drops what was not sent. */
void batch_clear(struct batch *batch);

#endif
