#include "change.h"
#include "message.h"
#include "operations.h"
#include "query.h"
#include "reaction.h"

enum { EMOJI_MAX = 50 };

void reaction_remove(struct carillon_storage_thread *thread, int64_t account, int64_t message,
                     struct carillon_str emoji)
{
    RUN(thread, REACTION_REMOVE, INT(account), INT(message), TEXT(emoji));
    RUN(thread, REACTION_COUNT_DOWN, INT(message), TEXT(emoji));
    RUN(thread, REACTION_COUNT_CLEAN, INT(message), TEXT(emoji));
}

static bool is_one_too_many(struct carillon_storage_thread *thread, int64_t message, struct carillon_str emoji)
{
    return !FETCH(thread, REACTION_EMOJI, 0, INT(message), TEXT(emoji)) &&
           FETCH(thread, REACTION_EMOJI_COUNT, 0, INT(message)) >= EMOJI_MAX;
}

enum carillon_result react_to_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    struct message_row message;
    if (!in->emoji.len || !in->user.id.len)
        return CARILLON_INVALID;
    if (!conversation_find(thread, request, &conversation) || !message_find(thread, &conversation, in->id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_GONE;
    int64_t known = account_find(thread, request->app, in->user.id);
    bool there = FETCH(thread, REACTION_FIND, 0, INT(known), INT(message.key), TEXT(in->emoji)) != 0;
    if (there != in->remove)
        return CARILLON_OK;
    if (!in->remove && is_one_too_many(thread, message.key, in->emoji))
        return CARILLON_LIMIT;
    struct actor actor = account_intern(thread, request->app, in->user);
    struct change_row row = { .type = in->remove ? CARILLON_EVENT_REACTION_REMOVED : CARILLON_EVENT_REACTION_ADDED,
                              .actor = actor,
                              .message = message.pos,
                              .emoji = in->emoji };
    int64_t pos = change_add(thread, &conversation, &row);
    if (in->remove) {
        reaction_remove(thread, actor.account, message.key, in->emoji);
    } else {
        RUN(thread, REACTION_ADD, INT(message.key), TEXT(in->emoji), INT(pos), INT(actor.account),
            INT(actor.signature));
        RUN(thread, REACTION_COUNT_UP, INT(message.key), TEXT(in->emoji), INT(pos));
    }
    conversation_store(thread, &conversation);
    change_answer(thread, pos, &row, message.key);
    return CARILLON_OK;
}
