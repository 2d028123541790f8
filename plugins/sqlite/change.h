/* Writing down the steps of a conversation. */
#ifndef SQLITE_CHANGE_H
#define SQLITE_CHANGE_H

#include "account.h"
#include "conversation.h"

/* A change of any type but MESSAGE_NEW: the row of a message stands for that.
   What is stored besides type, actor and time; fields that do not apply are zero. */
struct change_row {
    enum carillon_event_type type;
    struct actor actor;
    int64_t message; /* pos of the message it is about */
    struct carillon_str emoji;
    struct actor member;
    enum carillon_role role;
    enum carillon_visibility visibility; /* of CONVERSATION_*; kept in the column of the role, which those have not */
    struct carillon_str name, data;
};

static inline bool change_has_visibility(enum carillon_event_type type)
{
    return type == CARILLON_EVENT_CONVERSATION_CREATED || type == CARILLON_EVENT_CONVERSATION_UPDATED;
}

/* Gives it the conversation's next pos, which it returns; conversation_store must follow. */
int64_t change_add(struct carillon_storage_thread *thread, struct conversation *conversation,
                   const struct change_row *row);
/*
 * Fills the request's answer for a change that change_add made: actor, member and the like come from the request's
 * input. message: key of the message to show, or 0.
 */
struct carillon_change *change_answer(struct carillon_storage_thread *thread, int64_t pos, const struct change_row *row,
                                      int64_t message);

#endif
