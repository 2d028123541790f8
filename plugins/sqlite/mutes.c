#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum carillon_result put_mute(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len || !in->conversation.len)
        return CARILLON_INVALID;
    RUN(thread, MUTE_PUT, TEXT(request->app), TEXT(in->user.id), TEXT(in->conversation), TEXT(in->text),
        INT(in->expires_ms));
    RUN(thread, MUTES_PRUNE, INT(in->now_ms));
    return CARILLON_OK;
}

enum carillon_result list_mutes(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    int64_t above = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    out->mutes = query_alloc(thread, in->limit * sizeof(*out->mutes));
    sqlite3_stmt *row = QUERY(thread, MUTES_PAGE, TEXT(request->app), INT(sqlite_host->now_ms()), INT(above),
                              INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, 0);
        out->mutes[out->count++] = (struct carillon_mute){ .user = query_str(thread, row, 1),
                                                           .channel = query_str(thread, row, 2),
                                                           .text = query_str(thread, row, 3),
                                                           .until_ms = sqlite3_column_int64(row, 4) };
    }
    return CARILLON_OK;
}
