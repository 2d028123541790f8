#include "tombstone.h"

#include "query.h"
#include "search_index.h"

void tombstone_clear_around(struct carillon_storage_thread *thread, const struct conversation *conversation,
                            const struct message_row *message)
{
    search_remove(thread, conversation->key, message->key);
    RUN(thread, FRESH_KEEP, INT(message->key));
    RUN(thread, AUTHORED_REMOVE, INT(message->author), INT(conversation->key), INT(message->pos));
    RUN(thread, MENTIONS_REMOVE, INT(message->key));
    RUN(thread, REACTIONS_REMOVE, INT(message->key));
    RUN(thread, REACTION_COUNTS_REMOVE, INT(message->key));
}

void tombstone_make(struct carillon_storage_thread *thread, struct conversation *conversation,
                    const struct message_row *message, int64_t deleted_by)
{
    tombstone_clear_around(thread, conversation, message);
    RUN(thread, MESSAGE_TOMBSTONE, INT(message->key), INT(thread->request->in.now_ms), KEY(deleted_by));
    if (conversation->last_message == message->key)
        conversation->last_message = FETCH(thread, MESSAGE_LAST_LIVE, 0, INT(conversation->key), INT(message->pos));
}
