#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum carillon_result put_erasure(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->user.id.len)
        return CARILLON_INVALID;
    RUN(thread, ERASURE_PUT, TEXT(request->app), TEXT(in->user.id),
        TEXT(in->user.name.ptr ? in->user.name : CARILLON_STR("")), INT(in->now_ms));
    return CARILLON_OK;
}

enum carillon_result list_erasures(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    int64_t above = 0;
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    out->users = query_alloc(thread, in->limit * sizeof(*out->users));
    sqlite3_stmt *row = QUERY(thread, ERASURES_PAGE, TEXT(request->app), INT(above), INT(in->limit + 1));
    while (query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, 0);
        out->users[out->count++] = (struct carillon_user){ query_str(thread, row, 1), query_str(thread, row, 2) };
    }
    return CARILLON_OK;
}
