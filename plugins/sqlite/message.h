/* Messages as they are read: rows of SQL_MESSAGE_VIEW with mentions and reactions. */
#ifndef SQLITE_MESSAGE_H
#define SQLITE_MESSAGE_H

#include "conversation.h"

/*
 * Reads all rows (at most max) of a statement of SQL_MESSAGE_VIEW, then the mentions and reactions of all of them with
 * one query each. NULL: none, or thread->error.
 */
struct carillon_message **message_load(struct carillon_storage_thread *thread, sqlite3_stmt *rows, size_t max,
                                       size_t *count);
/* One by its key; NULL: none. */
struct carillon_message *message_load_one(struct carillon_storage_thread *thread, int64_t key);

/* What a write needs to know of a message. */
struct message_row {
    int64_t key, pos, author; /* author: account */
    bool deleted;
};
/* The message in.id of the conversation; false: none. */
bool message_find(struct carillon_storage_thread *thread, const struct conversation *conversation,
                  struct carillon_str id, struct message_row *row);

/* Cuts to at most max bytes at a character. */
size_t message_cut(const char *text, size_t len, size_t max);

/* Adds the mentions of the request; its author is not told about mentions of its own. */
void message_set_mentions(struct carillon_storage_thread *thread, const struct conversation *conversation,
                          const struct message_row *message);

#endif
