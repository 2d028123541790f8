/* Client ids as another storage takes and gives them: all that are remembered, also of events and of what is gone. */
#include "account.h"
#include "client_id.h"
#include "conversation.h"
#include "fold.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>
#include <string.h>

static bool input_valid(const struct carillon_storage_input *in)
{
    bool known = in->type == CARILLON_EVENT_MESSAGE_NEW ? in->id.len > 0 : in->type == CARILLON_EVENT_EVENT;
    return known && in->user.id.len && in->client_id.len && in->pos;
}

enum carillon_result put_client_id(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!in->conversation.len || !input_valid(in))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    if (in->pos > (uint64_t)conversation.last_pos)
        return CARILLON_INVALID;
    int64_t author = account_make(thread, request->app, in->user.id);
    if (fresh_may_have(thread, author, conversation.key, in->client_id))
        fold_now(thread); /* a fold takes the fresh one, whatever is in its place */
    struct carillon_str id = in->type == CARILLON_EVENT_MESSAGE_NEW ? in->id : CARILLON_STR("");
    RUN(thread, CLIENT_ID_PUT, INT(author), INT(conversation.key), TEXT(in->client_id),
        BLOB(in->submitted, DIGEST_SIZE), INT(in->pos), TEXT(id), INT(in->type), INT(in->now_ms));
    return CARILLON_OK;
}

/* As CLIENT_IDS_PAGE lists them. */
enum column {
    COLUMN_AUTHOR_KEY,
    COLUMN_CONVERSATION_KEY,
    COLUMN_CLIENT_ID,
    COLUMN_DIGEST,
    COLUMN_POS,
    COLUMN_MESSAGE,
    COLUMN_TYPE,
    COLUMN_AT,
    COLUMN_AUTHOR,
    COLUMN_CONVERSATION
};

/* The last one of a page: "<author> <conversation> <client id>", the keys of their rows. */
struct place {
    int64_t author, conversation;
    struct carillon_str client_id;
};

static bool read_number(struct carillon_str *cursor, int64_t *number)
{
    const char *space = memchr(cursor->ptr, ' ', cursor->len);
    size_t len = space ? (size_t)(space - cursor->ptr) : 0;
    if (!space || !query_cursor((struct carillon_str){ cursor->ptr, len }, number))
        return false;
    *cursor = (struct carillon_str){ space + 1, cursor->len - len - 1 };
    return true;
}

static bool read_cursor(struct carillon_str cursor, struct place *place)
{
    *place = (struct place){ .client_id = CARILLON_STR("") };
    if (!cursor.ptr)
        return true;
    if (!read_number(&cursor, &place->author) || !read_number(&cursor, &place->conversation))
        return false;
    place->client_id = cursor;
    return true;
}

static struct carillon_str write_cursor(struct carillon_storage_thread *thread, const struct place *place)
{
    struct carillon_str keys = query_format(thread, "%" PRId64 " %" PRId64 " ", place->author, place->conversation);
    char *cursor = keys.ptr ? query_alloc(thread, keys.len + place->client_id.len + 1) : NULL;
    if (!cursor)
        return (struct carillon_str){ 0 };
    memcpy(cursor, keys.ptr, keys.len);
    memcpy(cursor + keys.len, place->client_id.ptr, place->client_id.len);
    return (struct carillon_str){ cursor, keys.len + place->client_id.len };
}

static void read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row, struct carillon_client_id *item)
{
    *item = (struct carillon_client_id){ .conversation = query_str(thread, row, COLUMN_CONVERSATION),
                                         .user = query_str(thread, row, COLUMN_AUTHOR),
                                         .client_id = query_str(thread, row, COLUMN_CLIENT_ID),
                                         .type = (enum carillon_event_type)sqlite3_column_int(row, COLUMN_TYPE),
                                         .pos = (uint64_t)sqlite3_column_int64(row, COLUMN_POS),
                                         .at_ms = sqlite3_column_int64(row, COLUMN_AT) };
    if (item->type == CARILLON_EVENT_MESSAGE_NEW)
        item->id = query_str(thread, row, COLUMN_MESSAGE);
    if (sqlite3_column_bytes(row, COLUMN_DIGEST) == DIGEST_SIZE)
        memcpy(item->submitted, sqlite3_column_blob(row, COLUMN_DIGEST), DIGEST_SIZE);
}

enum carillon_result list_client_ids(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    struct place last;
    if (!query_limit_ok(in->limit) || !read_cursor(in->cursor, &last))
        return CARILLON_INVALID;
    out->since_ms = client_id_oldest_ms(thread);
    out->client_ids = query_alloc(thread, in->limit * sizeof(*out->client_ids));
    sqlite3_stmt *row = QUERY(thread, CLIENT_IDS_PAGE, TEXT(request->app), INT(last.author), INT(last.conversation),
                              TEXT(last.client_id), INT(out->since_ms), INT(in->limit + 1));
    while (out->client_ids && query_row(thread, row)) {
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = write_cursor(thread, &last);
            query_end(row);
            break;
        }
        struct carillon_client_id *item = &out->client_ids[out->count++];
        read_row(thread, row, item);
        last = (struct place){ sqlite3_column_int64(row, COLUMN_AUTHOR_KEY),
                               sqlite3_column_int64(row, COLUMN_CONVERSATION_KEY), item->client_id };
    }
    return CARILLON_OK;
}
