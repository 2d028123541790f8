#include "client_id.h"

#include "conversation.h"
#include "fold.h"
#include "query.h"

#include <string.h>

static sqlite3_stmt *find_row(struct carillon_storage_thread *thread, enum statement statement, int64_t author,
                              const struct conversation *conversation, struct carillon_str client_id)
{
    const struct carillon_storage_input *in = &thread->request->in;
    int64_t now = in->now_ms ? in->now_ms : sqlite_host->now_ms(); /* CLIENT_ID_GET is told no time */
    int64_t oldest = now - thread->store->client_id_ttl;
    sqlite3_stmt *row = query_start(thread, statement,
                                    QUERY_ARGS(INT(author), INT(conversation->key), TEXT(client_id), INT(oldest)));
    return query_row(thread, row) ? row : NULL;
}

bool client_id_find(struct carillon_storage_thread *thread, const struct conversation *conversation, int64_t author,
                    struct carillon_str client_id, struct first_result *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    sqlite3_stmt *row = NULL;
    if (!thread->writer || fresh_may_have(thread, author, conversation->key, client_id)) {
        conversation_flush(thread); /* what is fresh lies up to the last pos of the conversation's row */
        row = find_row(thread, STATEMENT_FRESH_FIND, author, conversation, client_id);
    }
    if (!row)
        row = find_row(thread, STATEMENT_CLIENT_ID_FIND, author, conversation, client_id);
    if (!row)
        return false;
    const void *digest = sqlite3_column_blob(row, 0);
    bool whole = sqlite3_column_bytes(row, 0) == DIGEST_SIZE;
    first->same_body = whole && memcmp(digest, in->submitted, DIGEST_SIZE) == 0;
    if (whole)
        memcpy(first->digest, digest, DIGEST_SIZE);
    first->pos = sqlite3_column_int64(row, 1);
    first->id = query_str(thread, row, 2);
    first->type = (enum carillon_event_type)sqlite3_column_int(row, 3);
    first->at_ms = sqlite3_column_int64(row, 4);
    query_end(row);
    return true;
}

/* Whether the request's client id is to be known again. */
static bool is_remembered(const struct carillon_storage_input *in, int64_t author)
{
    return in->client_id.len && author;
}

struct query_arg client_id_digest(const struct carillon_storage_input *in, int64_t author)
{
    return is_remembered(in, author) ? BLOB(in->submitted, DIGEST_SIZE) : NOTHING;
}

void client_id_note_message(struct carillon_storage_thread *thread, const struct conversation *conversation,
                            int64_t author)
{
    const struct carillon_storage_input *in = &thread->request->in;
    if (is_remembered(in, author))
        fresh_note(thread, author, conversation->key, in->client_id);
}

void client_id_add_event(struct carillon_storage_thread *thread, const struct conversation *conversation,
                         int64_t author, int64_t pos)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str id = in->id.ptr ? in->id : CARILLON_STR("");
    if (!is_remembered(in, author))
        return;
    RUN(thread, FRESH_ADD, INT(author), INT(conversation->key), TEXT(in->client_id), BLOB(in->submitted, DIGEST_SIZE),
        INT(pos), TEXT(id), INT(in->type), INT(in->now_ms));
    fresh_note(thread, author, conversation->key, in->client_id);
}
