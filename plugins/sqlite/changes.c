#include "account.h"
#include "change.h"
#include "message.h"
#include "operations.h"
#include "query.h"

#include <stdlib.h>

/* As CHANGES_AFTER lists them. */
enum column {
    COLUMN_POS,
    COLUMN_TYPE,
    COLUMN_ACTOR_ID,
    COLUMN_ACTOR_NAME,
    COLUMN_AT,
    COLUMN_MESSAGE,
    COLUMN_EMOJI,
    COLUMN_MEMBER_ID,
    COLUMN_MEMBER_NAME,
    COLUMN_ROLE,
    COLUMN_NAME,
    COLUMN_DATA
};

/* Retention dropped the message and left its id here; who replays learns that there is nothing to see. */
static struct carillon_message *describe_dropped(struct carillon_storage_thread *thread, sqlite3_stmt *row)
{
    struct carillon_message *message = query_alloc(thread, sizeof(*message));
    if (message)
        *message = (struct carillon_message){ .pos = (uint64_t)sqlite3_column_int64(row, COLUMN_MESSAGE),
                                              .id = query_str(thread, row, COLUMN_NAME),
                                              .conversation = query_copy(thread, thread->request->in.conversation),
                                              .text = query_copy(thread, CARILLON_STR("")),
                                              .created_ms = sqlite3_column_int64(row, COLUMN_AT),
                                              .deleted_ms = sqlite3_column_int64(row, COLUMN_AT) };
    return message;
}

static int compare_pos(const void *key, const void *element)
{
    uint64_t pos = *(const uint64_t *)key, other = (*(struct carillon_message *const *)element)->pos;
    return pos < other ? -1 : pos > other;
}

static void read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row, struct carillon_message **messages,
                     size_t message_count, struct carillon_change *change)
{
    *change = (struct carillon_change){ .pos = (uint64_t)sqlite3_column_int64(row, COLUMN_POS),
                                        .type = (enum carillon_event_type)sqlite3_column_int(row, COLUMN_TYPE),
                                        .actor = account_read(thread, row, COLUMN_ACTOR_ID, COLUMN_ACTOR_NAME),
                                        .at_ms = sqlite3_column_int64(row, COLUMN_AT),
                                        .emoji = query_str(thread, row, COLUMN_EMOJI),
                                        .member = account_read(thread, row, COLUMN_MEMBER_ID, COLUMN_MEMBER_NAME),
                                        .role = CARILLON_ROLE_NONE };
    if (change_has_visibility(change->type))
        change->visibility = (enum carillon_visibility)sqlite3_column_int(row, COLUMN_ROLE);
    else
        change->role = (enum carillon_role)sqlite3_column_int(row, COLUMN_ROLE);
    uint64_t about = (uint64_t)sqlite3_column_int64(row, COLUMN_MESSAGE);
    if (!about) {
        change->name = query_str(thread, row, COLUMN_NAME);
        change->data = query_str(thread, row, COLUMN_DATA);
        return;
    }
    struct carillon_message **found = message_count
                                          ? bsearch(&about, messages, message_count, sizeof(*messages), compare_pos)
                                          : NULL;
    change->message = found ? *found : describe_dropped(thread, row);
}

enum carillon_result read_changes(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!query_limit_ok(in->limit) || in->after > INT64_MAX)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    int64_t after = (int64_t)in->after;
    if (after + 1 < conversation.first_pos)
        return CARILLON_GONE;
    if (after >= conversation.last_pos)
        return CARILLON_OK;
    /* Positions are contiguous, so the page's bounds are known. */
    int64_t last = conversation.last_pos - after > in->limit ? after + in->limit : conversation.last_pos;
    size_t max = (size_t)(last - after), message_count;
    sqlite3_stmt *rows = QUERY(thread, MESSAGES_OF_CHANGES, INT(conversation.key), INT(after), INT(last));
    struct carillon_message **messages = message_load(thread, rows, max, &message_count);
    struct carillon_change *changes = query_alloc(thread, max * sizeof(*changes));
    sqlite3_stmt *row = QUERY(thread, CHANGES_AFTER, INT(conversation.key), INT(after), INT(last));
    while (changes && query_row(thread, row))
        read_row(thread, row, messages, message_count, &changes[request->out.count++]);
    request->out.changes = changes;
    request->out.more = last < conversation.last_pos;
    return CARILLON_OK;
}
