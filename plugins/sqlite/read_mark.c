#include "account.h"
#include "conversation.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum carillon_result set_read_mark(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    if (!request->in.user.id.len)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    uint64_t last = (uint64_t)conversation.last_pos;
    uint64_t pos = request->in.pos < last ? request->in.pos : last;
    int64_t reader = account_make(thread, request->app, request->in.user.id);
    RUN(thread, READ_MARK_SET, INT(conversation.key), INT(reader), INT(pos));
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}

enum carillon_result list_read_marks(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct conversation conversation;
    int64_t above = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    out->members = query_alloc(thread, in->limit * sizeof(*out->members));
    sqlite3_stmt *row = QUERY(thread, READ_MARKS_PAGE, INT(conversation.key), INT(above), INT(in->limit + 1));
    while (out->members && query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, 0);
        out->members[out->count++] = (struct carillon_member){ .user = { .id = query_str(thread, row, 1) },
                                                               .read_pos = (uint64_t)sqlite3_column_int64(row, 2) };
    }
    return CARILLON_OK;
}
