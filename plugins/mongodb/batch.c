#include "batch.h"

#include "conversation.h"

#include <stdlib.h>

static const enum collection collections[BATCH_LIST_COUNT] = {
#define X(name) [BATCH_##name] = COLLECTION_##name,
    BATCH_LISTS(X)
#undef X
};

void batch_docs_add(struct carillon_storage_thread *thread, struct batch_docs *docs, bson_t *doc)
{
    if (docs->count == docs->room) {
        size_t room = docs->room ? docs->room * 2 : 64;
        bson_t **grown = realloc(docs->docs, room * sizeof(*grown)); /* NOLINT: pointers to documents */
        if (!grown) {
            thread->failure = FAILURE_NO_MEMORY;
            bson_destroy(doc);
            return;
        }
        docs->docs = grown;
        docs->room = room;
    }
    docs->docs[docs->count++] = doc;
}

void batch_add(struct carillon_storage_thread *thread, enum batch_list list, bson_t *doc)
{
    batch_docs_add(thread, &thread->batch->lists[list], doc);
}

static void clear_list(struct batch_docs *docs)
{
    for (size_t i = 0; i < docs->count; i++)
        bson_destroy(docs->docs[i]);
    docs->count = 0;
}

void batch_docs_free(struct batch_docs *docs)
{
    clear_list(docs);
    free(docs->docs);
    *docs = (struct batch_docs){ 0 };
}

void batch_flush(struct carillon_storage_thread *thread)
{
    if (!thread->batch)
        return;
    for (int i = 0; i < BATCH_LIST_COUNT && !thread->failure; i++) {
        struct batch_docs *docs = &thread->batch->lists[i];
        query_insert_many(thread, collections[i], docs->docs, docs->count);
        clear_list(docs);
    }
    conversation_flush(thread);
}

void batch_clear(struct batch *batch)
{
    for (int i = 0; i < BATCH_LIST_COUNT; i++)
        batch_docs_free(&batch->lists[i]);
}
