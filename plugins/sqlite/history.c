#include "message.h"
#include "operations.h"
#include "query.h"

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
    struct conversation conversation;
    if (!query_limit_ok(in->limit) || in->before > INT64_MAX || in->after > INT64_MAX)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    bool forward = in->before == 0 && (in->after > 0 || in->from_start);
    int64_t before = in->before ? (int64_t)in->before : INT64_MAX;
    /* One row more than asked for tells whether there is more. */
    sqlite3_stmt *rows = forward
                             ? QUERY(thread, HISTORY_AFTER, INT(conversation.key), INT(in->after), INT(in->limit + 1))
                             : QUERY(thread, HISTORY_BEFORE, INT(conversation.key), INT(before), INT(in->limit + 1));
    size_t count;
    struct carillon_message **messages = message_load(thread, rows, in->limit + 1, &count);
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
    struct conversation conversation;
    struct message_row row;
    if (!conversation_find(thread, request, &conversation) ||
        !message_find(thread, &conversation, request->in.id, &row))
        return CARILLON_NOT_FOUND;
    struct carillon_message **list = query_alloc(thread, sizeof(*list));
    if (!list)
        return CARILLON_NO_MEMORY;
    list[0] = message_load_one(thread, row.key);
    request->out.messages = list;
    request->out.count = 1;
    return CARILLON_OK;
}
