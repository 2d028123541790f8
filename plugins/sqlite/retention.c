#include "message.h"
#include "operations.h"
#include "query.h"
#include "tombstone.h"

/* A request looks at so many changes for each message that it may drop: conversations may be full of other changes. */
enum { CHANGES_A_MESSAGE = 8, MERGE_PAGES = 500 };

/* First pos to keep by both bounds, not yet bounded by the request's limit. */
static int64_t find_cut(struct carillon_storage_thread *thread, const struct conversation *conversation,
                        int64_t horizon)
{
    const struct carillon_storage_input *in = &thread->request->in;
    int64_t cut = conversation->first_pos;
    if (in->before_ms)
        cut = FETCH(thread, RETENTION_BY_AGE, horizon, INT(conversation->key), INT(cut), INT(horizon),
                    INT(in->before_ms));
    if (in->keep && in->keep <= INT64_MAX) {
        int64_t oldest = FETCH(thread, RETENTION_BY_COUNT, 0, INT(conversation->key), INT(in->keep - 1));
        if (oldest > cut)
            cut = oldest < horizon ? oldest : horizon;
    }
    return cut;
}

static void drop_message(struct carillon_storage_thread *thread, struct conversation *conversation,
                         const struct message_row *message)
{
    tombstone_clear_around(thread, conversation, message);
    RUN(thread, RETENTION_KEEP_ID, INT(message->key), INT(conversation->key), INT(message->pos));
    RUN(thread, MESSAGE_REMOVE, INT(message->key));
    if (conversation->last_message == message->key)
        conversation->last_message = 0; /* only older ones are left, and they go too */
}

/* Drops messages below the cut; returns where it really ends: before the first message that is one too many. */
static int64_t drop_messages(struct carillon_storage_thread *thread, struct conversation *conversation, int64_t cut)
{
    struct carillon_storage_request *request = thread->request;
    size_t max = request->in.limit + 1;
    struct message_row *rows = query_alloc(thread, max * sizeof(*rows));
    size_t n = 0;
    sqlite3_stmt *row = QUERY(thread, RETENTION_MESSAGES, INT(conversation->key), INT(cut), INT(max));
    while (rows && query_row(thread, row))
        rows[n++] = (struct message_row){ .key = sqlite3_column_int64(row, 0),
                                          .pos = sqlite3_column_int64(row, 1),
                                          .author = sqlite3_column_int64(row, 2) };
    if (rows && n == max) {
        n--;
        cut = rows[n].pos;
        request->out.more = true;
    }
    for (size_t i = 0; i < n; i++)
        drop_message(thread, conversation, &rows[i]);
    request->out.count = n;
    return cut;
}

enum carillon_result apply_retention(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    if (!query_limit_ok(request->in.limit))
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    int64_t end = conversation.last_pos + 1;
    int64_t horizon = conversation.first_pos + (int64_t)request->in.limit * CHANGES_A_MESSAGE;
    int64_t cut = find_cut(thread, &conversation, horizon < end ? horizon : end);
    request->out.more = cut == horizon && horizon < end;
    cut = drop_messages(thread, &conversation, cut);
    if (cut > conversation.first_pos) {
        RUN(thread, CHANGES_REMOVE, INT(conversation.key), INT(cut));
        conversation.first_pos = cut;
        conversation_store(thread, &conversation);
    }
    /* Words of deleted texts stay in old segments of the search index until they are merged. */
    RUN(thread, SEARCH_MERGE, INT(-MERGE_PAGES));
    return CARILLON_OK;
}
