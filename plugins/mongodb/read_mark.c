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
