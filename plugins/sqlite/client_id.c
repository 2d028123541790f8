#include "client_id.h"

#include "conversation.h"
#include "fold.h"
#include "query.h"

#include <string.h>

int64_t client_id_oldest_ms(const struct carillon_storage_thread *thread)
{
    int64_t now = thread->request->in.now_ms;
    return (now ? now : sqlite_host->now_ms()) - thread->store->client_id_ttl; /* CLIENT_ID_GET is told no time */
}

static sqlite3_stmt *find_row(struct carillon_storage_thread *thread, enum statement statement, int64_t author,
                              const struct conversation *conversation, struct carillon_str client_id)
{
    int64_t oldest = client_id_oldest_ms(thread);
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

/* Of an import it is only shown with the message; what is remembered comes by CLIENT_ID_PUT. */
bool client_id_counts(const struct carillon_storage_thread *thread, int64_t author)
{
    return thread->request->in.client_id.len && author && thread->request->op != CARILLON_STORAGE_IMPORT;
}

struct query_arg client_id_digest(const struct carillon_storage_thread *thread, int64_t author)
{
    return client_id_counts(thread, author) ? BLOB(thread->request->in.submitted, DIGEST_SIZE) : NOTHING;
}

void client_id_note_message(struct carillon_storage_thread *thread, const struct conversation *conversation,
                            int64_t author)
{
    if (client_id_counts(thread, author))
        fresh_note(thread, author, conversation->key, thread->request->in.client_id);
}

void client_id_add_event(struct carillon_storage_thread *thread, const struct conversation *conversation,
                         int64_t author, int64_t pos)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str id = in->id.ptr ? in->id : CARILLON_STR("");
    if (!client_id_counts(thread, author))
        return;
    RUN(thread, FRESH_ADD, INT(author), INT(conversation->key), TEXT(in->client_id), BLOB(in->submitted, DIGEST_SIZE),
        INT(pos), TEXT(id), INT(in->type), INT(in->now_ms));
    fresh_note(thread, author, conversation->key, in->client_id);
}
