#include "conversation.h"

#include "account.h"
#include "change.h"
#include "member.h"
#include "operations.h"
#include "query.h"

static bool is_held(const struct held_conversation *held, const struct carillon_storage_request *request)
{
    return held->row.key && query_same(held->name, request->in.conversation) && query_same(held->app, request->app);
}

bool conversation_find(struct carillon_storage_thread *thread, const struct carillon_storage_request *request,
                       struct conversation *conversation)
{
    if (is_held(&thread->held, request)) {
        *conversation = thread->held.row;
        return !thread->error;
    }
    conversation_flush(thread);
    conversation_forget_held(thread);
    sqlite3_stmt *row = QUERY(thread, CONVERSATION_FIND, TEXT(request->app), TEXT(request->in.conversation));
    if (!query_row(thread, row))
        return false;
    *conversation = (struct conversation){ .key = sqlite3_column_int64(row, 0),
                                           .last_pos = sqlite3_column_int64(row, 1),
                                           .first_pos = sqlite3_column_int64(row, 2),
                                           .member_count = sqlite3_column_int64(row, 3),
                                           .message_count = sqlite3_column_int64(row, 4),
                                           .last_message = sqlite3_column_int64(row, 5),
                                           .visibility = (enum carillon_visibility)sqlite3_column_int(row, 6) };
    query_end(row);
    if (thread->writer)
        thread->held = (struct held_conversation){ request->app, request->in.conversation, *conversation, false };
    return true;
}

static void write_row(struct carillon_storage_thread *thread, const struct conversation *row)
{
    RUN(thread, CONVERSATION_STORE, INT(row->key), INT(row->last_pos), INT(row->first_pos), INT(row->member_count),
        INT(row->message_count), KEY(row->last_message));
    if (row->bumped_to)
        RUN(thread, CONVERSATION_BUMP, INT(row->key), INT(row->bumped_to));
}

void conversation_store(struct carillon_storage_thread *thread, const struct conversation *conversation)
{
    if (thread->held.row.key != conversation->key)
        return write_row(thread, conversation);
    thread->held.row = *conversation;
    thread->held.changed = true;
}

void conversation_flush(struct carillon_storage_thread *thread)
{
    struct held_conversation *held = &thread->held;
    if (!held->changed)
        return;
    write_row(thread, &held->row);
    held->row.bumped_to = 0;
    held->changed = false;
}

void conversation_forget_held(struct carillon_storage_thread *thread)
{
    thread->held = (struct held_conversation){ 0 };
}

/* One writer gives the numbers out; those of a transaction that is rolled back are never missed. */
static int64_t next_activity(struct carillon_storage_thread *thread)
{
    if (!thread->activity)
        thread->activity = FETCH0(thread, ACTIVITY_LAST, 0);
    return ++thread->activity;
}

void conversation_bump(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    conversation->bumped_to = next_activity(thread);
}

enum carillon_result create_conversation(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!in->conversation.len || !in->name.len)
        return CARILLON_INVALID;
    if (conversation_find(thread, request, &conversation)) {
        conversation_answer(thread, conversation.key, false);
        return CARILLON_EXISTS;
    }
    struct actor creator = account_intern(thread, request->app, in->user);
    struct carillon_str title = in->text.ptr ? in->text : CARILLON_STR("");
    int64_t activity = next_activity(thread);
    conversation = (struct conversation){ .first_pos = 1, .visibility = in->visibility };
    conversation.key = INSERT(thread, CONVERSATION_ADD, TEXT(request->app), TEXT(in->conversation), TEXT(in->name),
                              TEXT(title), KEY(creator.signature), INT(in->visibility), INT(in->now_ms), INT(activity));
    struct change_row row = {
        .type = CARILLON_EVENT_CONVERSATION_CREATED, .actor = creator, .visibility = in->visibility, .name = title
    };
    int64_t pos = change_add(thread, &conversation, &row);
    if (creator.account)
        member_add(thread, &conversation, creator, in->user.name, CARILLON_ROLE_OWNER);
    conversation_store(thread, &conversation);
    change_answer(thread, pos, &row, 0);
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}

enum carillon_result update_conversation(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    sqlite3_stmt *found = QUERY(thread, CONVERSATION_TITLE, INT(conversation.key));
    struct carillon_str old = query_row(thread, found) ? query_str(thread, found, 0) : CARILLON_STR("");
    query_end(found);
    struct carillon_str title = in->text.ptr ? in->text : old;
    enum carillon_visibility visibility = in->set_visibility ? in->visibility : conversation.visibility;
    if (visibility != conversation.visibility || !query_same(title, old)) {
        struct actor actor = account_intern(thread, request->app, in->user);
        struct change_row row = {
            .type = CARILLON_EVENT_CONVERSATION_UPDATED, .actor = actor, .visibility = visibility, .name = title
        };
        RUN(thread, CONVERSATION_CHANGE, INT(conversation.key), TEXT(title), INT(visibility));
        int64_t pos = change_add(thread, &conversation, &row);
        conversation.visibility = visibility;
        conversation_store(thread, &conversation);
        change_answer(thread, pos, &row, 0);
    }
    conversation_answer(thread, conversation.key, false);
    return CARILLON_OK;
}
