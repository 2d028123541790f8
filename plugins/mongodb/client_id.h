/*
 * Client ids: what a retry of a publish is answered with. One stands in the change that it led to, with the digest of what
 * was submitted, where a unique index guards it; retention moves those that are to be remembered longer than their
 * change to the collection client_ids.
 */
#ifndef MONGODB_CLIENT_ID_H
#define MONGODB_CLIENT_ID_H

#include "conversation.h"

enum { CLIENT_ID_DIGEST_SIZE = sizeof(((struct carillon_storage_input *)0)->submitted) };

/* What an earlier append with a client id led to. */
struct client_id_first {
    int64_t pos, at_ms;
    enum carillon_event_type type;
    struct carillon_str id;
    bool same_body;
    uint8_t digest[CLIENT_ID_DIGEST_SIZE]; /* of what was submitted */
};

/* Has the request one, and is it to be remembered? */
bool client_id_counts(const struct carillon_storage_thread *thread);
/* { app, conversation, author, client_id } of the request */
bson_t *client_id_filter(struct carillon_storage_thread *thread);
/* What is older is forgotten. */
int64_t client_id_oldest_ms(const struct carillon_storage_thread *thread);
/* That of the request's conversation, user and client id; flushes first. What is older than its time is forgotten. */
bool client_id_find(struct carillon_storage_thread *thread, struct client_id_first *first);
/* The request's is free again. */
void client_id_forget(struct carillon_storage_thread *thread);
/* In the change that the request leads to. */
void client_id_append(struct carillon_storage_thread *thread, bson_t *change);
/* Has retention moved one of those of these appends, so that no index of the changes guards it? */
bool client_ids_are_kept(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n);
/* The request's conversation's changes below cut are about to be deleted. */
void client_ids_keep(struct carillon_storage_thread *thread, int64_t cut);
/* Those of the request's user. */
void client_ids_forget_user(struct carillon_storage_thread *thread);

#endif
