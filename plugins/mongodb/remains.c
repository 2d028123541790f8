#include "remains.h"

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

/* Also one that has come without an app is there: it will be adopted, and what is left is its own again. */
static bool is_there_again(struct carillon_storage_thread *thread, struct carillon_str name)
{
    bson_t *filter = bson_new();
    doc_str(filter, "name", name);
    return query_any(thread, COLLECTION_CONVERSATIONS, filter);
}

static bool drop_one(struct carillon_storage_thread *thread, const bson_t *doc, remains_gone_fn *gone)
{
    struct carillon_storage_request request = { .app = doc_peek_str(doc, "_id.app"),
                                                .in.conversation = doc_peek_str(doc, "_id.conversation") };
    if (!request.app.len || !request.in.conversation.len)
        return false;
    thread->request = &request;
    bool dropped = !is_there_again(thread, request.in.conversation) && !thread->failure;
    for (size_t i = 0; dropped && i < sizeof(belongings) / sizeof(*belongings); i++)
        query_delete(thread, belongings[i], query_scope(thread));
    dropped = dropped && !thread->failure;
    if (dropped) {
        store_log(NOTICE, "another program has deleted the conversation %.*s: what belonged to it goes too",
                  (int)request.in.conversation.len, request.in.conversation.ptr);
        gone(request.app, request.in.conversation);
    }
    thread->request = NULL;
    return dropped;
}

bool remains_drop(struct carillon_storage_thread *thread, remains_gone_fn *gone, size_t *count)
{
    bson_t *pipeline = bson_new_from_json((const uint8_t *)without_conversation, -1, NULL);
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(thread->collections[COLLECTION_CHANGES], MONGOC_QUERY_NONE,
                                                          pipeline, NULL, NULL);
    bson_destroy(pipeline);
    query_clear(thread);
    *count = 0;
    for (const bson_t *doc; !thread->failure && (doc = query_next(thread, &cursor));)
        *count += drop_one(thread, doc, gone);
    query_end(cursor);
    bool ok = !thread->failure;
    query_clear(thread);
    return ok;
}

bool remains_any(struct carillon_storage_thread *thread)
{
    bson_t *placed = query_scope(thread);
    doc_exists(placed, "pos", true);
    return query_any(thread, COLLECTION_CHANGES, query_scope(thread)) || query_any(thread, COLLECTION_MESSAGES, placed);
}
