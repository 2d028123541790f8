#include "change.h"
#include "member.h"
#include "message.h"
#include "operations.h"
#include "query.h"

static enum carillon_result import_conversation(struct carillon_storage_thread *thread,
                                                struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!in->name.len)
        return CARILLON_INVALID;
    if (conversation_find(thread, request, &conversation))
        return CARILLON_EXISTS;
    conversation = conversation_make(thread, request);
    if (in->quiet) {
        conversation.last_pos = (int64_t)in->pos;
        conversation.first_pos = conversation.last_pos + 1;
        conversation_store(thread, &conversation);
    }
    return CARILLON_OK;
}

static void import_member(struct carillon_storage_thread *thread, struct conversation *conversation,
                          struct actor member)
{
    const struct carillon_storage_input *in = &thread->request->in;
    if (member_role(thread, conversation, member.account))
        member_remove(thread, conversation, member.account);
    if (in->type != CARILLON_EVENT_MEMBER_LEFT)
        member_add(thread, conversation, member, in->member.name, in->role);
    conversation_store(thread, conversation);
}

/* The operation that does what the change says, where it is about a message that is here. */
static operation_fn *operation_of(struct carillon_storage_thread *thread, const struct conversation *conversation)
{
    struct message_row message;
    switch (thread->request->in.type) {
    case CARILLON_EVENT_MESSAGE_NEW:
    case CARILLON_EVENT_EVENT:
        return append_change;
    case CARILLON_EVENT_MESSAGE_EDITED:
        return message_find(thread, conversation, thread->request->in.id, &message) ? edit_message : NULL;
    case CARILLON_EVENT_MESSAGE_DELETED:
        return message_find(thread, conversation, thread->request->in.id, &message) ? delete_message : NULL;
    case CARILLON_EVENT_REACTION_ADDED:
    case CARILLON_EVENT_REACTION_REMOVED:
        return message_find(thread, conversation, thread->request->in.id, &message) ? react_to_message : NULL;
    default:
        return NULL;
    }
}

/* What is said of people and names; of a message that is gone its id is kept, as retention does. */
static void import_rest(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct actor member = account_intern(thread, thread->request->app, in->member);
    struct change_row row = { .type = in->type,
                              .actor = account_intern(thread, thread->request->app, in->user),
                              .message = (int64_t)in->pos,
                              .emoji = in->emoji,
                              .member = member,
                              .role = in->type == CARILLON_EVENT_MEMBER_LEFT ? CARILLON_ROLE_NONE : in->role,
                              .visibility = in->visibility,
                              .name = change_has_visibility(in->type) ? in->text : in->id };
    if (member.account)
        import_member(thread, conversation, member);
    if (in->type == CARILLON_EVENT_CONVERSATION_UPDATED) {
        RUN(thread, CONVERSATION_CHANGE, INT(conversation->key), TEXT(in->text), INT(in->visibility));
        conversation->visibility = in->visibility;
    }
    if (!in->quiet)
        change_add(thread, conversation, &row);
    conversation_store(thread, conversation);
}

enum carillon_result import_change(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!in->conversation.len)
        return CARILLON_INVALID;
    if (in->type == CARILLON_EVENT_CONVERSATION_CREATED) {
        enum carillon_result result = import_conversation(thread, request);
        if (result != CARILLON_OK || in->quiet)
            return result;
    }
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    operation_fn *operation = operation_of(thread, &conversation);
    if (operation)
        return operation(thread, request);
    import_rest(thread, &conversation);
    return CARILLON_OK;
}
