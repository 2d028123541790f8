#include "change.h"
#include "message.h"
#include "operations.h"
#include "query.h"
#include "search_index.h"
#include "tombstone.h"

enum carillon_result edit_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    struct message_row message;
    if (!in->text.ptr)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation) || !message_find(thread, &conversation, in->id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_GONE;
    struct actor actor = account_intern(thread, request->app, in->user);
    struct change_row row = { .type = CARILLON_EVENT_MESSAGE_EDITED, .actor = actor, .message = message.pos };
    search_remove(thread, conversation.key, message.key);
    RUN(thread, MESSAGE_EDIT, INT(message.key), TEXT(in->text), TEXT(in->data), INT(in->now_ms));
    search_add(thread, conversation.key, message.key, in->text);
    RUN(thread, MENTIONS_REMOVE, INT(message.key));
    message_set_mentions(thread, &conversation, &message);
    int64_t pos = change_add(thread, &conversation, &row);
    conversation_store(thread, &conversation);
    change_answer(thread, pos, &row, message.key);
    return CARILLON_OK;
}

enum carillon_result delete_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    struct message_row message;
    if (!conversation_find(thread, request, &conversation) ||
        !message_find(thread, &conversation, request->in.id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_OK;
    struct actor actor = account_intern(thread, request->app, request->in.user);
    struct change_row row = { .type = CARILLON_EVENT_MESSAGE_DELETED, .actor = actor, .message = message.pos };
    bool import = request->op == CARILLON_STORAGE_IMPORT; /* of what another program deleted nobody is told */
    tombstone_make(thread, &conversation, &message,
                   import ? account_make(thread, request->app, request->in.member.id) : actor.account);
    int64_t pos = change_add(thread, &conversation, &row);
    conversation_store(thread, &conversation);
    change_answer(thread, pos, &row, message.key);
    return CARILLON_OK;
}
