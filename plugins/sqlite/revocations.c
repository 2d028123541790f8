#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum carillon_result put_revocation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len == !in->id.len) /* exactly one of them */
        return CARILLON_INVALID;
    RUN(thread, REVOCATIONS_PRUNE, INT(in->now_ms));
    if (in->user.id.len)
        RUN(thread, REVOCATION_OF_USER, TEXT(request->app), TEXT(in->user.id), INT(in->now_ms), INT(in->expires_ms));
    else
        RUN(thread, REVOCATION_OF_TOKEN, TEXT(request->app), TEXT(in->id), INT(in->now_ms), INT(in->expires_ms));
    return CARILLON_OK;
}

enum carillon_result list_revocations(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    int64_t above = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    out->revocations = query_alloc(thread, in->limit * sizeof(*out->revocations));
    sqlite3_stmt *row = QUERY(thread, REVOCATIONS_PAGE, TEXT(request->app), INT(sqlite_host->now_ms()), INT(above),
                              INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, 0);
        out->revocations[out->count++] = (struct carillon_revocation){ .user = query_str(thread, row, 1),
                                                                       .token = query_str(thread, row, 2),
                                                                       .at_ms = sqlite3_column_int64(row, 3),
                                                                       .until_ms = sqlite3_column_int64(row, 4) };
    }
    return CARILLON_OK;
}
