#include "operations.h"
#include "query.h"

enum carillon_result put_erasure(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len)
        return CARILLON_INVALID;
    bson_t *filter = query_app(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "user.id", in->user.id);
    doc_str(fields, "user.name", in->user.name);
    doc_time(fields, "at", in->now_ms);
    doc_operator(update, "$setOnInsert", fields);
    query_upsert(thread, COLLECTION_ERASURES, filter, update);
    return CARILLON_OK;
}

enum carillon_result list_erasures(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t above;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &above, &begun))
        return CARILLON_INVALID;
    bson_t *filter = query_app(thread), bound;
    if (begun) {
        bson_append_document_begin(filter, "_id", -1, &bound);
        bson_append_oid(&bound, "$gt", -1, &above);
        bson_append_document_end(filter, &bound);
    }
    out->users = doc_alloc(thread, in->limit * sizeof(*out->users));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_ERASURES, filter, doc_sorted("_id", 1, in->limit + 1));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        bson_iter_t iter;
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_oid_cursor(thread, &above);
            query_end(cursor);
            break;
        }
        out->users[out->count++] = doc_get_user(thread, doc, "user");
        if (bson_iter_init_find(&iter, doc, "_id") && BSON_ITER_HOLDS_OID(&iter))
            bson_oid_copy(bson_iter_oid(&iter), &above);
    }
    return CARILLON_OK;
}
