#include "search_index.h"

#include "query.h"

enum { ROWS_MAX = 512 };

/* The last message that is in the index. A key may be given again after the newest messages went: then it is below. */
static int64_t indexed_until(struct carillon_storage_thread *thread)
{
    if (!thread->index_known) {
        thread->indexed_until = FETCH0(thread, SEARCH_DONE, 0);
        thread->index_known = !thread->error;
    }
    return thread->indexed_until;
}

void search_add(struct carillon_storage_thread *thread, int64_t conversation, int64_t message, struct carillon_str text)
{
    if (message > indexed_until(thread))
        thread->unindexed++;
    else if (text.len)
        RUN(thread, SEARCH_ADD, INT(message), TEXT(thread->request->app), INT(conversation), TEXT(text));
}

void search_remove(struct carillon_storage_thread *thread, int64_t conversation, int64_t message)
{
    if (message > indexed_until(thread))
        return;
    sqlite3_stmt *row = QUERY(thread, MESSAGE_TEXT, INT(message));
    if (!query_row(thread, row))
        return;
    struct carillon_str text = { (const char *)sqlite3_column_text(row, 0), (size_t)sqlite3_column_bytes(row, 0) };
    if (text.len)
        RUN(thread, SEARCH_REMOVE, INT(message), TEXT(thread->request->app), INT(conversation), TEXT(text));
    query_end(row);
}

void search_index_if_due(struct carillon_storage_thread *thread)
{
    size_t rows = thread->store->fold_rows < ROWS_MAX ? thread->store->fold_rows : ROWS_MAX;
    if (thread->error || thread->unindexed < rows)
        return;
    RUN(thread, SEARCH_INDEX_AFTER, INT(indexed_until(thread)));
    RUN0(thread, SEARCH_DONE_SET);
    thread->index_known = false;
    thread->unindexed = 0;
}

void search_index_forget(struct carillon_storage_thread *thread)
{
    thread->index_known = false;
    thread->unindexed = ROWS_MAX; /* there may be some */
}
