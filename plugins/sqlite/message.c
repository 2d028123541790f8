#include "message.h"

#include "account.h"
#include "keys.h"
#include "query.h"

#include <string.h>

/* As SQL_MESSAGE_VIEW lists them. */
enum column {
    COLUMN_KEY,
    COLUMN_POS,
    COLUMN_ID,
    COLUMN_CONVERSATION,
    COLUMN_AUTHOR_ID,
    COLUMN_AUTHOR_NAME,
    COLUMN_CLIENT_ID,
    COLUMN_TEXT,
    COLUMN_DATA,
    COLUMN_CREATED,
    COLUMN_EDITED,
    COLUMN_DELETED,
    COLUMN_DELETED_BY,
    COLUMN_REPLY_TO,
    COLUMN_REPLY_AUTHOR_ID,
    COLUMN_REPLY_AUTHOR_NAME,
    COLUMN_REPLY_TEXT
};

size_t message_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static struct carillon_message *read_row(struct carillon_storage_thread *thread, sqlite3_stmt *row)
{
    struct carillon_message *message = query_alloc(thread, sizeof(*message));
    if (!message)
        return NULL;
    message->pos = (uint64_t)sqlite3_column_int64(row, COLUMN_POS);
    message->id = query_str(thread, row, COLUMN_ID);
    message->conversation = query_str(thread, row, COLUMN_CONVERSATION);
    message->author = account_read(thread, row, COLUMN_AUTHOR_ID, COLUMN_AUTHOR_NAME);
    message->client_id = query_str(thread, row, COLUMN_CLIENT_ID);
    message->text = query_str(thread, row, COLUMN_TEXT);
    message->data = query_str(thread, row, COLUMN_DATA);
    message->created_ms = sqlite3_column_int64(row, COLUMN_CREATED);
    message->edited_ms = sqlite3_column_int64(row, COLUMN_EDITED);
    message->deleted_ms = sqlite3_column_int64(row, COLUMN_DELETED);
    message->deleted_by = query_str(thread, row, COLUMN_DELETED_BY);
    message->reply_to = query_str(thread, row, COLUMN_REPLY_TO);
    if (message->reply_to.ptr) {
        message->reply_author = account_read(thread, row, COLUMN_REPLY_AUTHOR_ID, COLUMN_REPLY_AUTHOR_NAME);
        const char *text = (const char *)sqlite3_column_text(row, COLUMN_REPLY_TEXT);
        size_t len = (size_t)sqlite3_column_bytes(row, COLUMN_REPLY_TEXT);
        message->reply_text = query_copy(
            thread, (struct carillon_str){ text ? text : "", message_cut(text, len, CARILLON_REPLY_TEXT_MAX) });
    }
    return message;
}

/* Both lists come in the order of the messages; an array grows at its end within its message. */
static void attach_mentions(struct carillon_storage_thread *thread, struct carillon_message **messages,
                            struct carillon_str keys)
{
    enum { STEP = 8 };
    sqlite3_stmt *row = QUERY(thread, MENTIONS_OF, TEXT(keys));
    while (query_row(thread, row)) {
        struct carillon_message *message = messages[sqlite3_column_int64(row, 0)];
        if (message->mention_count % STEP == 0) {
            struct carillon_str *grown = query_alloc(thread, (message->mention_count + STEP) * sizeof(*grown));
            if (!grown)
                continue;
            if (message->mention_count)
                memcpy(grown, message->mentions, message->mention_count * sizeof(*grown));
            message->mentions = grown;
        }
        message->mentions[message->mention_count++] = query_str(thread, row, 1);
    }
}

static struct carillon_reaction *add_reaction(struct carillon_storage_thread *thread, struct carillon_message *message,
                                              sqlite3_stmt *row)
{
    enum { STEP = 10 };
    if (message->reaction_count % STEP == 0) {
        size_t size = sizeof(*message->reactions);
        struct carillon_reaction *grown = query_alloc(thread, (message->reaction_count + STEP) * size);
        if (!grown)
            return NULL;
        if (message->reaction_count)
            memcpy(grown, message->reactions, message->reaction_count * size);
        message->reactions = grown;
    }
    struct carillon_reaction *reaction = &message->reactions[message->reaction_count];
    reaction->emoji = query_str(thread, row, 1);
    reaction->count = (uint64_t)sqlite3_column_int64(row, 2);
    size_t listed = reaction->count < 50 ? (size_t)reaction->count : 50;
    reaction->users = query_alloc(thread, listed * sizeof(*reaction->users));
    if (!reaction->users)
        return NULL;
    message->reaction_count++;
    return reaction;
}

static void attach_reactions(struct carillon_storage_thread *thread, struct carillon_message **messages,
                             struct carillon_str keys)
{
    struct carillon_message *message = NULL;
    struct carillon_reaction *reaction = NULL;
    sqlite3_stmt *row = QUERY(thread, REACTIONS_OF, TEXT(keys));
    while (query_row(thread, row)) {
        struct carillon_message *of = messages[sqlite3_column_int64(row, 0)];
        const char *emoji = (const char *)sqlite3_column_text(row, 1);
        if (!message || of != message || !reaction || !emoji || strcmp(reaction->emoji.ptr, emoji) != 0) {
            message = of;
            reaction = add_reaction(thread, message, row);
        }
        if (reaction && !thread->error && reaction->user_count < reaction->count && reaction->user_count < 50)
            reaction->users[reaction->user_count++] = account_read(thread, row, 3, 4);
    }
}

struct carillon_message **message_load(struct carillon_storage_thread *thread, sqlite3_stmt *rows, size_t max,
                                       size_t *count)
{
    *count = 0;
    if (!query_row(thread, rows))
        return NULL;
    struct carillon_message **messages = query_alloc(thread, max * sizeof(*messages));
    struct keys keys = keys_new(thread, max);
    do {
        struct carillon_message *message = read_row(thread, rows);
        if (!messages || !message)
            break;
        messages[(*count)++] = message;
        keys_add(&keys, sqlite3_column_int64(rows, COLUMN_KEY));
    } while (*count < max && query_row(thread, rows));
    query_end(rows);
    if (thread->error) {
        *count = 0;
        return NULL;
    }
    attach_mentions(thread, messages, keys_json(&keys));
    attach_reactions(thread, messages, keys_json(&keys));
    return messages;
}

struct carillon_message *message_load_one(struct carillon_storage_thread *thread, int64_t key)
{
    size_t count;
    struct carillon_message **messages = message_load(thread, QUERY(thread, MESSAGE_VIEW_ONE, INT(key)), 1, &count);
    return messages ? messages[0] : NULL;
}

bool message_find(struct carillon_storage_thread *thread, const struct conversation *conversation,
                  struct carillon_str id, struct message_row *row)
{
    sqlite3_stmt *found = QUERY(thread, MESSAGE_FIND, INT(conversation->key), TEXT(id));
    if (!query_row(thread, found))
        return false;
    *row = (struct message_row){ .key = sqlite3_column_int64(found, 0),
                                 .pos = sqlite3_column_int64(found, 1),
                                 .author = sqlite3_column_int64(found, 2),
                                 .deleted = sqlite3_column_type(found, 3) != SQLITE_NULL };
    query_end(found);
    return true;
}
