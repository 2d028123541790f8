/* Client ids: what became of the publish that first came with one. */
#ifndef SQLITE_CLIENT_ID_H
#define SQLITE_CLIENT_ID_H

#include "query.h"

enum { DIGEST_SIZE = sizeof(((struct carillon_storage_input *)0)->submitted) };

/* What an earlier append with a client id left. */
struct first_result {
    int64_t pos, at_ms;
    enum carillon_event_type type;
    struct carillon_str id;
    bool same_body; /* as the request's */
    uint8_t digest[DIGEST_SIZE];
};

/* False: the author has used it nowhere in the conversation within client_id_ttl. */
bool client_id_find(struct carillon_storage_thread *thread, const struct conversation *conversation, int64_t author,
                    struct carillon_str client_id, struct first_result *first);
/* What is older is forgotten. */
int64_t client_id_oldest_ms(const struct carillon_storage_thread *thread);
/* Has the request one by this author, and is it to be known again? */
bool client_id_counts(const struct carillon_storage_thread *thread, int64_t author);
/*
 * The request's client id, if it has one and an author, stands for what is appended. A message's row holds it itself, with
 * this digest; an event's gets a row of its own. The writer only.
 */
struct query_arg client_id_digest(const struct carillon_storage_thread *thread, int64_t author);
void client_id_note_message(struct carillon_storage_thread *thread, const struct conversation *conversation,
                            int64_t author);
void client_id_add_event(struct carillon_storage_thread *thread, const struct conversation *conversation,
                         int64_t author, int64_t pos);

#endif
