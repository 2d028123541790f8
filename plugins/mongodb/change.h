/* Writing down the steps of a conversation. */
#ifndef MONGODB_CHANGE_H
#define MONGODB_CHANGE_H

#include "conversation.h"

/* What is stored besides pos and time; fields that do not apply are zero. */
struct change {
    enum carillon_event_type type;
    int64_t pos; /* set by change_add */
    struct carillon_user actor;
    int64_t message;         /* pos of the message it is about; CHANGE_ABOUT_ITSELF for a new one */
    struct carillon_str id;  /* of that message: told to who replays when retention has dropped it */
    const bson_value_t *key; /* _id of the document that it brings (a message, a member, a reaction), and of the
                                change: all that a deletion by others tells; NULL: none */
    int64_t ordinal;         /* MESSAGE_NEW */
    struct carillon_str emoji;
    struct carillon_user member;
    enum carillon_role role;
    enum carillon_visibility visibility;
    struct carillon_str name, data;
    struct carillon_str client_id; /* the request's, or absent */
};
#define CHANGE_ABOUT_ITSELF (-1)

static inline bool change_has_visibility(enum carillon_event_type type)
{
    return type == CARILLON_EVENT_CONVERSATION_CREATED || type == CARILLON_EVENT_CONVERSATION_UPDATED;
}

/* Gives it the conversation's next pos, and adds it to the batch. */
void change_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct change *change);
/* Fills the request's answer; when it is about an older message, that is read and shown. */
struct carillon_change *change_answer(struct carillon_storage_thread *thread, const struct change *change);

#endif
