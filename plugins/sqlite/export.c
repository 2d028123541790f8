#include "account.h"
#include "keys.h"
#include "message.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum { CONVERSATIONS_MAX = 10000 };

static void export_conversations(struct carillon_storage_thread *thread, int64_t account)
{
    struct keys keys = keys_new(thread, CONVERSATIONS_MAX);
    sqlite3_stmt *row = QUERY(thread, EXPORT_CONVERSATIONS, INT(account));
    while (query_row(thread, row))
        keys_add(&keys, sqlite3_column_int64(row, 0));
    if (keys.count)
        thread->request->out.conversation_count = conversation_load(thread, keys_json(&keys), keys.count, account,
                                                                    &thread->request->out.conversations);
}

enum carillon_result export_user(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    int64_t above = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    int64_t account = account_find(thread, request->app, in->user.id);
    if (!account)
        return CARILLON_OK;
    struct keys keys = keys_new(thread, in->limit);
    sqlite3_stmt *row = QUERY(thread, EXPORT_PAGE, INT(account), INT(above), INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (keys.count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, 0);
        keys_add(&keys, above);
    }
    if (keys.count)
        out->messages = message_load(thread, QUERY(thread, MESSAGE_VIEW_LIST, TEXT(keys_json(&keys))), keys.count,
                                     &out->count);
    if (!in->cursor.ptr)
        export_conversations(thread, account);
    return CARILLON_OK;
}
