/* What is left of a deleted message. */
#ifndef SQLITE_TOMBSTONE_H
#define SQLITE_TOMBSTONE_H

#include "message.h"

/* Empties the message everywhere: row, mentions, reactions, search. conversation_store must follow. */
void tombstone_make(struct carillon_storage_thread *thread, struct conversation *conversation,
                    const struct message_row *message, int64_t deleted_by);
/* What other tables hold of a message goes, but its client id: that outlives it. */
void tombstone_clear_around(struct carillon_storage_thread *thread, const struct conversation *conversation,
                            const struct message_row *message);

#endif
