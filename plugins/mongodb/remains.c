#include "remains.h"

#include "batch.h"
#include "conversation.h"
#include "transaction.h"

enum { DROPPED_AT_ONCE = 500 };

/* What belongs to a conversation. Changes are the last: until they are gone, the rest is found again. */
static const enum collection belongings[] = { COLLECTION_MEMBERS,  COLLECTION_READ_MARKS, COLLECTION_INVITATIONS,
                                              COLLECTION_HELD,     COLLECTION_REACTIONS,  COLLECTION_CLIENT_IDS,
                                              COLLECTION_MESSAGES, COLLECTION_CHANGES };

static const char without_conversation[] =
    "{\"pipeline\": [{\"$group\": {\"_id\": {\"app\": \"$app\", \"conversation\": \"$conversation\"}}},"
    "{\"$unionWith\": {\"coll\": \"messages\", \"pipeline\": [{\"$match\": {\"pos\": {\"$exists\": true}}},"
    " {\"$group\": {\"_id\": {\"app\": \"$app\", \"conversation\": \"$conversation\"}}}]}},"
    "{\"$group\": {\"_id\": \"$_id\"}},"
    "{\"$lookup\": {\"from\": \"conversations\", \"let\": {\"app\": \"$_id.app\", \"name\": \"$_id.conversation\"},"
    " \"pipeline\": [{\"$match\": {\"$expr\": {\"$and\": [{\"$eq\": [\"$app\", \"$$app\"]},"
    " {\"$eq\": [\"$name\", \"$$name\"]}]}}}, {\"$project\": {\"_id\": 1}}], \"as\": \"there\"}},"
    "{\"$match\": {\"there\": []}}]}";

/* ---- one conversation ---- */

struct remains {
    struct carillon_storage_request request; /* which conversation */
    bool there_again;
    size_t deleted; /* by the last transaction */
};

/* Also one that has come without an app: it will be adopted, and what is left is its own again. */
static bool is_there_again(struct carillon_storage_thread *thread, struct carillon_str name)
{
    bson_t *filter = bson_new();
    doc_str(filter, "name", name);
    return query_any(thread, COLLECTION_CONVERSATIONS, filter);
}

static size_t drop_from(struct carillon_storage_thread *thread, enum collection in, size_t max)
{
    bson_t *opts = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}", "limit", BCON_INT64((int64_t)max));
    bson_t *filter = bson_new(), range, list;
    bson_iter_t iter;
    char room[16];
    const char *index;
    uint32_t n = 0;
    mongoc_cursor_t *cursor = query_find(thread, in, query_scope(thread), opts);
    bson_append_document_begin(filter, "_id", -1, &range);
    bson_append_array_begin(&range, "$in", -1, &list);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_uint32_to_string(n++, &index, room, sizeof(room));
        if (bson_iter_init_find(&iter, doc, "_id"))
            bson_append_value(&list, index, -1, bson_iter_value(&iter));
    }
    bson_append_array_end(&range, &list);
    bson_append_document_end(filter, &range);
    if (n)
        query_delete(thread, in, filter);
    else
        bson_destroy(filter);
    return n;
}

/* In one snapshot with the look, so that nothing goes of a conversation of that name which is made meanwhile. */
static void drop_some(struct carillon_storage_thread *thread, void *arg)
{
    struct remains *remains = arg;
    thread->request = &remains->request;
    remains->deleted = 0;
    remains->there_again = is_there_again(thread, remains->request.in.conversation);
    for (size_t i = 0; !remains->there_again && i < sizeof(belongings) / sizeof(*belongings); i++)
        if (remains->deleted < DROPPED_AT_ONCE && !thread->failure)
            remains->deleted += drop_from(thread, belongings[i], DROPPED_AT_ONCE - remains->deleted);
}

/* Until nothing is left. False: it could not be finished, which is said. */
static bool drop_one(struct carillon_storage_thread *thread, const bson_t *doc, remains_gone_fn *gone)
{
    struct remains remains = { .request = { .app = doc_peek_str(doc, "_id.app"),
                                            .in.conversation = doc_peek_str(doc, "_id.conversation") } };
    struct carillon_str name = remains.request.in.conversation;
    enum carillon_result result = CARILLON_OK;
    struct batch batch = { 0 };
    if (!remains.request.app.len || !name.len)
        return true; /* it was never a conversation's */
    thread->batch = &batch;
    do {
        result = transaction_run(thread, drop_some, &remains,
                                 mongodb_host->monotonic_ms() + thread->store->write_time_max);
    } while (result == CARILLON_OK && remains.deleted);
    if (result < 0)
        store_log(WARNING, "what is left of the conversation %.*s stays for now: %s", (int)name.len, name.ptr,
                  thread->detail);
    else if (!remains.there_again)
        gone(remains.request.app, name);
    batch_clear(&batch);
    conversation_forget_all(thread);
    thread->batch = NULL;
    thread->request = NULL;
    return result >= 0;
}

/* ---- all of them ---- */

/* The groups as they are before anything is deleted; the caller destroys them. */
static bool find_all(struct carillon_storage_thread *thread, struct batch_docs *groups)
{
    bson_t *pipeline = bson_new_from_json((const uint8_t *)without_conversation, -1, NULL);
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(thread->collections[COLLECTION_CHANGES], MONGOC_QUERY_NONE,
                                                          pipeline, NULL, NULL);
    bson_destroy(pipeline);
    query_clear(thread);
    for (const bson_t *doc; (doc = query_next(thread, &cursor));)
        batch_docs_add(thread, groups, bson_copy(doc));
    query_end(cursor);
    return !thread->failure;
}

bool remains_drop(struct carillon_storage_thread *thread, remains_gone_fn *gone, size_t *count)
{
    struct batch_docs groups = { 0 };
    bool ok = find_all(thread, &groups);
    for (size_t i = 0; ok && i < groups.count; i++)
        ok = drop_one(thread, groups.docs[i], gone);
    *count = groups.count;
    batch_docs_free(&groups);
    query_clear(thread);
    return ok;
}

bool remains_any(struct carillon_storage_thread *thread)
{
    bson_t *placed = query_scope(thread);
    doc_exists(placed, "pos", true);
    return query_any(thread, COLLECTION_CHANGES, query_scope(thread)) || query_any(thread, COLLECTION_MESSAGES, placed);
}
