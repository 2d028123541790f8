#include "operations.h"
#include "query.h"

#include <inttypes.h>

enum { DIGEST_SIZE = 16 };

/* As SQL_HELD lists them. */
enum column {
    COLUMN_KEY,
    COLUMN_CHANNEL,
    COLUMN_QUEUE,
    COLUMN_ID,
    COLUMN_AUTHOR_ID,
    COLUMN_AUTHOR_NAME,
    COLUMN_REASON,
    COLUMN_TYPE,
    COLUMN_CLIENT_ID,
    COLUMN_DIGEST,
    COLUMN_NAME,
    COLUMN_TEXT,
    COLUMN_DATA,
    COLUMN_REPLY_TO,
    COLUMN_MENTIONS,
    COLUMN_CREATED,
    COLUMN_EXPIRES
};

/* ---- mentions: each with a NUL behind it ---- */

static struct query_arg pack_mentions(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    size_t size = 0;
    for (size_t i = 0; i < in->mention_count; i++)
        size += in->mentions[i].len + 1;
    char *packed = query_alloc(thread, size), *to = packed;
    for (size_t i = 0; packed && i < in->mention_count; i++) {
        memcpy(to, in->mentions[i].ptr, in->mentions[i].len);
        to += in->mentions[i].len;
        *to++ = '\0';
    }
    return BLOB(packed, size);
}

static void unpack_mentions(struct carillon_storage_thread *thread, sqlite3_stmt *row, struct carillon_held *held)
{
    const char *packed = sqlite3_column_blob(row, COLUMN_MENTIONS);
    size_t size = (size_t)sqlite3_column_bytes(row, COLUMN_MENTIONS), n = 0;
    for (size_t i = 0; i < size; i++)
        n += packed[i] == '\0';
    held->mentions = query_alloc(thread, n * sizeof(*held->mentions));
    for (size_t at = 0; held->mentions && at < size; at += held->mentions[held->mention_count++].len + 1)
        held->mentions[held->mention_count] = query_copy(
            thread, (struct carillon_str){ packed + at, strnlen(packed + at, size - at) });
}

/* ---- rows ---- */

static void read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row, struct carillon_held *held)
{
    *held = (struct carillon_held){ .id = query_str(thread, row, COLUMN_ID),
                                    .conversation = query_str(thread, row, COLUMN_CHANNEL),
                                    .author = { query_str(thread, row, COLUMN_AUTHOR_ID),
                                                query_str(thread, row, COLUMN_AUTHOR_NAME) },
                                    .type = (enum carillon_event_type)sqlite3_column_int(row, COLUMN_TYPE),
                                    .client_id = query_str(thread, row, COLUMN_CLIENT_ID),
                                    .name = query_str(thread, row, COLUMN_NAME),
                                    .text = query_str(thread, row, COLUMN_TEXT),
                                    .data = query_str(thread, row, COLUMN_DATA),
                                    .reply_to = query_str(thread, row, COLUMN_REPLY_TO),
                                    .queue = query_str(thread, row, COLUMN_QUEUE),
                                    .reason = query_str(thread, row, COLUMN_REASON),
                                    .created_ms = sqlite3_column_int64(row, COLUMN_CREATED),
                                    .expires_ms = sqlite3_column_int64(row, COLUMN_EXPIRES) };
    if (sqlite3_column_bytes(row, COLUMN_DIGEST) == DIGEST_SIZE)
        memcpy(held->submitted, sqlite3_column_blob(row, COLUMN_DIGEST), DIGEST_SIZE);
    unpack_mentions(thread, row, held);
}

/* The first row as the answer; NULL when there is none. */
static struct carillon_held *answer_row(struct carillon_storage_thread *thread, sqlite3_stmt *row)
{
    struct carillon_storage_output *out = &thread->request->out;
    if (!query_row(thread, row))
        return NULL;
    struct carillon_held *held = query_alloc(thread, sizeof(*held));
    if (held) {
        read_row(thread, row, held);
        out->held = held;
        out->count = 1;
    }
    query_end(row);
    return held;
}

static struct carillon_held *find_held(struct carillon_storage_thread *thread, int64_t now_ms)
{
    const struct carillon_storage_request *request = thread->request;
    return answer_row(thread, QUERY(thread, HELD_FIND, TEXT(request->app), TEXT(request->in.conversation),
                                    TEXT(request->in.id), INT(now_ms)));
}

/* ---- the operations ---- */

static bool input_valid(const struct carillon_storage_input *in)
{
    bool event = in->type == CARILLON_EVENT_EVENT && in->name.len;
    bool message = in->type == CARILLON_EVENT_MESSAGE_NEW && in->text.ptr;
    return (event || message) && in->id.len && in->user.id.len && in->queue.len && in->conversation.len;
}

static void add_held(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str name = in->user.name.ptr ? in->user.name : CARILLON_STR("");
    struct carillon_str client_id = in->client_id.len ? in->client_id : (struct carillon_str){ 0 };
    RUN(thread, HELD_ADD, TEXT(thread->request->app), TEXT(in->conversation), TEXT(in->queue), TEXT(in->id),
        TEXT(in->user.id), TEXT(name), TEXT(in->reason), INT(in->type), TEXT(client_id),
        BLOB(in->submitted, DIGEST_SIZE), TEXT(in->name), TEXT(in->text), TEXT(in->data), TEXT(in->reply_to),
        pack_mentions(thread), INT(in->now_ms), INT(in->expires_ms));
}

enum carillon_result put_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_held *first = NULL;
    if (!input_valid(in))
        return CARILLON_INVALID;
    RUN(thread, HELD_PRUNE, INT(in->now_ms));
    if (in->client_id.len)
        first = answer_row(thread, QUERY(thread, HELD_OF_CLIENT_ID, TEXT(request->app), TEXT(in->user.id),
                                         TEXT(in->conversation), TEXT(in->client_id), INT(in->now_ms)));
    if (first)
        return memcmp(first->submitted, in->submitted, DIGEST_SIZE) == 0 ? CARILLON_DUPLICATE : CARILLON_CONFLICT;
    if (FETCH(thread, HELD_COUNT, 0, TEXT(request->app), TEXT(in->conversation), TEXT(in->queue)) >= in->limit)
        return CARILLON_LIMIT;
    if (find_held(thread, in->now_ms))
        return CARILLON_INVALID;
    add_held(thread);
    find_held(thread, in->now_ms);
    return CARILLON_OK;
}

enum carillon_result remove_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!find_held(thread, request->in.now_ms))
        return CARILLON_NOT_FOUND;
    RUN(thread, HELD_REMOVE, TEXT(request->app), TEXT(request->in.conversation), TEXT(request->in.id));
    return CARILLON_OK;
}

enum carillon_result get_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    (void)request;
    return find_held(thread, sqlite_host->now_ms()) ? CARILLON_OK : CARILLON_NOT_FOUND;
}

enum carillon_result list_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    int64_t above = 0, now = sqlite_host->now_ms();
    if (!query_limit_ok(in->limit) || !query_cursor(in->cursor, &above))
        return CARILLON_INVALID;
    out->held = query_alloc(thread, in->limit * sizeof(*out->held));
    sqlite3_stmt *row = !in->conversation.ptr ? QUERY(thread, HELD_PAGE_OF_APP, TEXT(request->app), INT(above),
                                                      INT(now), INT(in->limit + 1))
                        : in->queue.ptr ? QUERY(thread, HELD_PAGE_OF_QUEUE, TEXT(request->app), TEXT(in->conversation),
                                                INT(above), INT(now), INT(in->limit + 1), TEXT(in->queue))
                                        : QUERY(thread, HELD_PAGE, TEXT(request->app), TEXT(in->conversation),
                                                INT(above), INT(now), INT(in->limit + 1));
    while (out->held && query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_format(thread, "%" PRId64, above);
            query_end(row);
            break;
        }
        above = sqlite3_column_int64(row, COLUMN_KEY);
        read_row(thread, row, &out->held[out->count++]);
    }
    return CARILLON_OK;
}
