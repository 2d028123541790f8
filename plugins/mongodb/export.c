#include "message.h"
#include "operations.h"

enum { CONVERSATIONS_MAX = 10000 };

static void export_conversations(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_app(thread);
    conversation_append_memberships(thread, filter);
    thread->request->out.conversation_count = conversation_load(thread, filter, CONVERSATIONS_MAX,
                                                                &thread->request->out.conversations, NULL);
}

/* The `order` of the last message of a full page, which is where the next begins. */
static void find_cursor(struct carillon_storage_thread *thread)
{
    struct carillon_storage_output *out = &thread->request->out;
    const struct carillon_message *last = out->messages[out->count - 1];
    bson_iter_t iter;
    bson_t *filter = query_app(thread);
    doc_str(filter, "conversation", last->conversation);
    doc_int(filter, "pos", (int64_t)last->pos);
    bson_t *doc = query_one(thread, COLLECTION_MESSAGES, filter, NULL);
    if (doc && bson_iter_init_find(&iter, doc, "order") && BSON_ITER_HOLDS_OID(&iter))
        out->cursor = query_oid_cursor(thread, bson_iter_oid(&iter));
    bson_destroy(doc);
}

enum carillon_result export_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t above;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &above, &begun))
        return CARILLON_INVALID;
    if (!in->user.id.len)
        return CARILLON_OK;
    bson_t *filter = query_app(thread), bound;
    doc_str(filter, "author.id", in->user.id);
    doc_exists(filter, "deleted", false);
    bson_append_document_begin(filter, "order", -1, &bound);
    if (begun)
        bson_append_oid(&bound, "$gt", -1, &above);
    else
        bson_append_bool(&bound, "$exists", -1, true);
    bson_append_document_end(filter, &bound);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, filter, doc_sorted("order", 1, in->limit + 1));
    out->count = message_load(thread, cursor, in->limit + 1, &out->messages);
    if (out->count > in->limit) {
        out->count = in->limit;
        out->more = true;
        find_cursor(thread);
    }
    if (!in->cursor.ptr)
        export_conversations(thread);
    return CARILLON_OK;
}
