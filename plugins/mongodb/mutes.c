#include "operations.h"
#include "query.h"

enum carillon_result put_mute(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len || !in->conversation.len)
        return CARILLON_INVALID;
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "user", in->user.id);
    doc_str(filter, "channel", in->conversation);
    if (in->expires_ms <= in->now_ms) {
        bson_destroy(fields);
        bson_destroy(update);
        query_delete(thread, COLLECTION_MUTES, filter);
        return CARILLON_OK;
    }
    if (in->text.ptr)
        doc_str(fields, "text", in->text);
    else
        bson_append_null(fields, "text", -1);
    doc_time(fields, "until", in->expires_ms);
    doc_operator(update, "$set", fields);
    query_upsert(thread, COLLECTION_MUTES, filter, update);
    return CARILLON_OK;
}

enum carillon_result list_mutes(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t above;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &above, &begun))
        return CARILLON_INVALID;
    bson_t *filter = query_app(thread), bound;
    bson_append_document_begin(filter, "until", -1, &bound);
    bson_append_date_time(&bound, "$gt", -1, mongodb_host->now_ms());
    bson_append_document_end(filter, &bound);
    if (begun) {
        bson_append_document_begin(filter, "_id", -1, &bound);
        bson_append_oid(&bound, "$gt", -1, &above);
        bson_append_document_end(filter, &bound);
    }
    out->mutes = doc_alloc(thread, in->limit * sizeof(*out->mutes));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MUTES, filter, doc_sorted("_id", 1, in->limit + 1));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_iter_t iter;
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_oid_cursor(thread, &above);
            query_end(cursor);
            break;
        }
        out->mutes[out->count++] = (struct carillon_mute){ .user = doc_get_str(thread, doc, "user"),
                                                           .channel = doc_get_str(thread, doc, "channel"),
                                                           .text = doc_get_str(thread, doc, "text"),
                                                           .until_ms = doc_get_time(doc, "until") };
        if (bson_iter_init_find(&iter, doc, "_id") && BSON_ITER_HOLDS_OID(&iter))
            bson_oid_copy(bson_iter_oid(&iter), &above);
    }
    return CARILLON_OK;
}
