#include "conversation.h"
#include "operations.h"

enum carillon_result set_read_mark(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len)
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    uint64_t last = (uint64_t)conversation->last_pos;
    bson_t *filter = query_scope(thread), *fields = bson_new(), *update = bson_new();
    doc_str(filter, "user", in->user.id);
    doc_int(fields, "pos", (int64_t)(in->pos < last ? in->pos : last));
    doc_operator(update, "$max", fields);
    query_upsert(thread, COLLECTION_READ_MARKS, filter, update);
    conversation_answer(thread, false);
    return CARILLON_OK;
}

enum carillon_result list_read_marks(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct carillon_str above = in->cursor.ptr ? in->cursor : CARILLON_STR("");
    if (!query_limit_ok(in->limit))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    bson_t *filter = query_scope(thread), bound;
    bson_append_document_begin(filter, "user", -1, &bound);
    doc_str(&bound, "$gt", above);
    bson_append_document_end(filter, &bound);
    out->members = doc_alloc(thread, (in->limit + 1) * sizeof(*out->members));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_READ_MARKS, filter, doc_sorted("user", 1, in->limit + 1));
    for (const bson_t *doc; out->members && (doc = query_next(thread, &cursor));)
        out->members[out->count++] = (struct carillon_member){ .user = { .id = doc_get_str(thread, doc, "user") },
                                                               .read_pos = (uint64_t)doc_get_int(doc, "pos") };
    query_end(cursor);
    out->more = out->count > in->limit;
    if (out->members && out->more)
        out->cursor = out->members[--out->count - 1].user.id;
    return CARILLON_OK;
}
