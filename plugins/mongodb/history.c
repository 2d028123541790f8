#include "message.h"
#include "operations.h"

static void reverse(struct carillon_message **messages, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct carillon_message *other = messages[i];
        messages[i] = messages[n - 1 - i];
        messages[n - 1 - i] = other;
    }
}

enum carillon_result read_history(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!query_limit_ok(in->limit) || in->before > INT64_MAX || in->after > INT64_MAX)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request))
        return CARILLON_NOT_FOUND;
    bool forward = in->before == 0 && (in->after > 0 || in->from_start);
    bson_t *filter = query_scope(thread);
    if (forward)
        doc_compare(filter, "pos", "$gt", (int64_t)in->after);
    else
        doc_compare(filter, "pos", "$lt", in->before ? (int64_t)in->before : INT64_MAX);
    /* One more than asked for tells whether there is more. */
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, filter,
                                         doc_sorted("pos", forward ? 1 : -1, in->limit + 1));
    struct carillon_message **messages;
    size_t count = message_load(thread, cursor, in->limit + 1, &messages);
    request->out.more = count > in->limit;
    if (request->out.more)
        count--;
    if (!forward)
        reverse(messages, count);
    request->out.messages = messages;
    request->out.count = count;
    return CARILLON_OK;
}

enum carillon_result get_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct message_row row;
    if (!conversation_find(thread, request) || !message_find(thread, request->in.id, &row))
        return CARILLON_NOT_FOUND;
    struct carillon_message **list = doc_alloc(thread, sizeof(*list));
    if (!list)
        return CARILLON_NO_MEMORY;
    list[0] = message_load_at(thread, row.pos);
    request->out.messages = list;
    request->out.count = 1;
    return CARILLON_OK;
}
