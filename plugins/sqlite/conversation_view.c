#include "account.h"
#include "conversation.h"
#include "keys.h"
#include "message.h"
#include "operations.h"
#include "query.h"

#include <inttypes.h>
#include <stdlib.h>

/* As SQL_CONVERSATION_VIEW lists them. */
enum column {
    COLUMN_KEY,
    COLUMN_NAME,
    COLUMN_EPOCH,
    COLUMN_TITLE,
    COLUMN_CREATOR_ID,
    COLUMN_CREATOR_NAME,
    COLUMN_VISIBILITY,
    COLUMN_CREATED,
    COLUMN_LAST_POS,
    COLUMN_FIRST_POS,
    COLUMN_MEMBER_COUNT,
    COLUMN_LAST_MESSAGE,
    COLUMN_ACTIVITY,
    COLUMN_ROLE,
    COLUMN_READ_POS,
    COLUMN_UNREAD,
    COLUMN_MENTIONS
};

static void read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row,
                     struct carillon_conversation *conversation)
{
    *conversation = (struct carillon_conversation){
        .name = query_str(thread, row, COLUMN_NAME),
        .epoch = query_str(thread, row, COLUMN_EPOCH),
        .title = query_str(thread, row, COLUMN_TITLE),
        .creator = account_read(thread, row, COLUMN_CREATOR_ID, COLUMN_CREATOR_NAME),
        .visibility = (enum carillon_visibility)sqlite3_column_int(row, COLUMN_VISIBILITY),
        .created_ms = sqlite3_column_int64(row, COLUMN_CREATED),
        .last_pos = (uint64_t)sqlite3_column_int64(row, COLUMN_LAST_POS),
        .first_pos = (uint64_t)sqlite3_column_int64(row, COLUMN_FIRST_POS),
        .member_count = (uint64_t)sqlite3_column_int64(row, COLUMN_MEMBER_COUNT),
        .role = (enum carillon_role)sqlite3_column_int(row, COLUMN_ROLE),
        .read_pos = (uint64_t)sqlite3_column_int64(row, COLUMN_READ_POS),
        .unread = (uint64_t)sqlite3_column_int64(row, COLUMN_UNREAD),
        .mentions = (uint64_t)sqlite3_column_int64(row, COLUMN_MENTIONS),
    };
}

/* ?1 of SQL_CONVERSATION_VIEW: NULL when nobody looks, 0 for somebody who never did anything here. */
static struct query_arg viewer(const struct carillon_storage_request *request, int64_t account)
{
    return request->in.user.id.len ? INT(account) : KEY(0);
}

void conversation_answer(struct carillon_storage_thread *thread, int64_t key, bool with_last_message)
{
    struct carillon_storage_request *request = thread->request;
    conversation_flush(thread);
    int64_t account = account_find(thread, request->app, request->in.user.id);
    struct carillon_conversation *conversation = query_alloc(thread, sizeof(*conversation));
    sqlite3_stmt *row = QUERY(thread, CONVERSATION_VIEW_ONE, viewer(request, account), TEXT(request->in.user.id),
                              INT(key));
    if (!conversation || !query_row(thread, row))
        return;
    read_row(thread, row, conversation);
    int64_t last_message = sqlite3_column_int64(row, COLUMN_LAST_MESSAGE);
    query_end(row);
    if (with_last_message && last_message)
        conversation->last_message = message_load_one(thread, last_message);
    request->out.conversation = conversation;
}

/* The last messages of a page, in one query; `place` tells which conversation of the page each belongs to. */
static void attach_last_messages(struct carillon_storage_thread *thread, struct carillon_conversation *list,
                                 struct keys *keys, const size_t *place)
{
    size_t count;
    sqlite3_stmt *rows = QUERY(thread, MESSAGE_VIEW_LIST, TEXT(keys_json(keys)));
    struct carillon_message **messages = message_load(thread, rows, keys->count, &count);
    for (size_t i = 0; i < count; i++)
        list[place[i]].last_message = messages[i];
}

size_t conversation_load(struct carillon_storage_thread *thread, struct carillon_str keys, size_t max, int64_t account,
                         struct carillon_conversation **out)
{
    const struct carillon_storage_request *request = thread->request;
    struct carillon_conversation *list = query_alloc(thread, max * sizeof(*list));
    size_t *place = query_alloc(thread, max * sizeof(*place));
    struct keys last = keys_new(thread, max);
    size_t n = 0;
    sqlite3_stmt *row = QUERY(thread, CONVERSATION_VIEW_LIST, viewer(request, account), TEXT(request->in.user.id),
                              TEXT(keys));
    while (query_row(thread, row) && n < max) {
        read_row(thread, row, &list[n]);
        int64_t last_message = sqlite3_column_int64(row, COLUMN_LAST_MESSAGE);
        if (last_message) {
            place[last.count] = n;
            keys_add(&last, last_message);
        }
        n++;
    }
    query_end(row);
    if (last.count)
        attach_last_messages(thread, list, &last, place);
    *out = list;
    return n;
}

enum carillon_result get_conversation(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    conversation_answer(thread, conversation.key, true);
    return CARILLON_OK;
}

static sqlite3_stmt *start_list(struct carillon_storage_thread *thread, const struct carillon_storage_request *request,
                                int64_t account, int64_t below)
{
    const struct carillon_storage_input *in = &request->in;
    if (in->any)
        return QUERY(thread, CONVERSATIONS_ANY, KEY(0), INT(below), INT(in->limit + 1), TEXT(request->app));
    if (in->public_too)
        return QUERY(thread, CONVERSATIONS_SEEN, INT(account), INT(below), INT(in->limit + 1), TEXT(request->app));
    return QUERY(thread, CONVERSATIONS_OF_MEMBER, INT(account), INT(below), INT(in->limit + 1));
}

enum carillon_result list_conversations(struct carillon_storage_thread *thread,
                                        struct carillon_storage_request *request)
{
    int64_t below = INT64_MAX;
    if (!query_limit_ok(request->in.limit) || !query_cursor(request->in.cursor, &below))
        return CARILLON_INVALID;
    int64_t account = account_find(thread, request->app, request->in.user.id);
    struct keys keys = keys_new(thread, request->in.limit);
    sqlite3_stmt *row = start_list(thread, request, account, below);
    while (query_row(thread, row)) {
        if (keys.count == request->in.limit) {
            request->out.more = true;
            query_end(row);
            break;
        }
        keys_add(&keys, sqlite3_column_int64(row, 0));
        below = sqlite3_column_int64(row, 1);
    }
    if (keys.count)
        request->out.count = conversation_load(thread, keys_json(&keys), keys.count, account,
                                               &request->out.conversations);
    if (request->out.more)
        request->out.cursor = query_format(thread, "%" PRId64, below);
    return CARILLON_OK;
}
