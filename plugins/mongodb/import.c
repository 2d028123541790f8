#include "batch.h"
#include "change.h"
#include "member.h"
#include "message.h"
#include "operations.h"

static enum carillon_result import_conversation(struct carillon_storage_thread *thread,
                                                struct carillon_storage_request *request)
{
    if (!request->in.name.len)
        return CARILLON_INVALID;
    if (conversation_find(thread, request))
        return CARILLON_EXISTS;
    struct conversation *conversation = conversation_create(thread, request);
    if (!conversation)
        return CARILLON_UNAVAILABLE;
    if (request->in.quiet) {
        conversation->last_pos = (int64_t)request->in.pos;
        conversation->first_pos = conversation->last_pos + 1;
        conversation->dirty = true;
    }
    return CARILLON_OK;
}

static void import_member(struct carillon_storage_thread *thread, struct conversation *conversation,
                          const bson_value_t *key)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bool there = member_role(thread, in->member.id) != CARILLON_ROLE_NONE;
    if (there && in->quiet && in->type != CARILLON_EVENT_MEMBER_LEFT) {
        member_correct(thread, in->member, in->role);
        return;
    }
    if (there)
        member_remove(thread, conversation, in->member.id);
    if (in->type != CARILLON_EVENT_MEMBER_LEFT)
        member_add(thread, conversation, in->member, in->role, key);
}

/* The operation that does what the change says, where it is about a message that is here. */
static operation_fn *operation_of(struct carillon_storage_thread *thread)
{
    struct message_row message;
    switch (thread->request->in.type) {
    case CARILLON_EVENT_MESSAGE_NEW:
    case CARILLON_EVENT_EVENT:
        return append_change;
    case CARILLON_EVENT_MESSAGE_EDITED:
        return message_find(thread, thread->request->in.id, &message) ? edit_message : NULL;
    case CARILLON_EVENT_MESSAGE_DELETED:
        return message_find(thread, thread->request->in.id, &message) ? delete_message : NULL;
    case CARILLON_EVENT_REACTION_ADDED:
    case CARILLON_EVENT_REACTION_REMOVED:
        return message_find(thread, thread->request->in.id, &message) ? react_to_message : NULL;
    default:
        return NULL;
    }
}

enum carillon_result import_change(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->conversation.len)
        return CARILLON_INVALID;
    if (in->type == CARILLON_EVENT_CONVERSATION_CREATED) {
        enum carillon_result result = import_conversation(thread, request);
        if (result != CARILLON_OK || in->quiet)
            return result;
    }
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    operation_fn *operation = operation_of(thread);
    if (operation)
        return operation(thread, request);
    bson_value_t key = member_new_key();
    if (in->member.id.len)
        import_member(thread, conversation, &key);
    if (in->type == CARILLON_EVENT_CONVERSATION_UPDATED)
        conversation_rename(thread, conversation, in->text, in->visibility);
    if (in->quiet || thread->failure)
        return CARILLON_OK;
    struct change change = { .type = in->type,
                             .actor = in->user,
                             .message = (int64_t)in->pos,
                             .id = in->id,
                             .emoji = in->emoji,
                             .member = in->member,
                             .key = in->type == CARILLON_EVENT_MEMBER_JOINED ? &key : NULL,
                             .role = in->type == CARILLON_EVENT_MEMBER_LEFT ? CARILLON_ROLE_NONE : in->role,
                             .visibility = in->visibility,
                             .name = change_has_visibility(in->type) ? in->text : (struct carillon_str){ 0 } };
    change_add(thread, conversation, &change);
    return CARILLON_OK;
}
