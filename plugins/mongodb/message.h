/* Messages: as they are stored, and as they are read with the preview of what they answer. */
#ifndef MONGODB_MESSAGE_H
#define MONGODB_MESSAGE_H

#include "conversation.h"

/*
 * Reads all that the cursor gives (at most max), then what they answer with one query. *list is NULL when there are
 * none. The cursor is used up.
 */
size_t message_load(struct carillon_storage_thread *thread, mongoc_cursor_t *cursor, size_t max,
                    struct carillon_message ***list);
/* One document, and for a list of them what they answer. */
struct carillon_message *message_read(struct carillon_storage_thread *thread, const bson_t *doc);
void message_attach_previews(struct carillon_storage_thread *thread, struct carillon_message **messages, size_t n);
/* The request's conversation's one at this pos; flushes first. NULL: none. */
struct carillon_message *message_load_at(struct carillon_storage_thread *thread, int64_t pos);

/* What a write needs to know of a message. */
struct message_row {
    int64_t pos;
    struct carillon_str id, author;
    bool deleted;
};
/* The message `id` of the request's conversation; flushes first. False: none. */
bool message_find(struct carillon_storage_thread *thread, struct carillon_str id, struct message_row *row);
/* { app, conversation, pos } */
bson_t *message_at(struct carillon_storage_thread *thread, int64_t pos);

/* The users a document mentions; *list is NULL when there are none. */
size_t message_read_mentions(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_str **list);
/* Without those that occur twice. */
size_t message_unique_mentions(struct carillon_storage_thread *thread, struct carillon_str **list);

/*
 * A number of the body, kept in `sum` with every body that a daemon wrote: another one there tells that another program
 * has edited the message.
 */
int64_t message_sum(struct carillon_str body);

/* Cuts to at most max bytes at a character. */
size_t message_cut(const char *text, size_t len, size_t max);

/* What is left of a deleted message; the conversation's last message is told anew. */
void message_make_tombstone(struct carillon_storage_thread *thread, struct conversation *conversation, int64_t pos,
                            struct carillon_str deleted_by, int64_t revision);

enum { REACTION_USERS_LISTED = 50 };

#endif
