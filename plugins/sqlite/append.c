#include "change.h"
#include "client_id.h"
#include "conversation.h"
#include "message.h"
#include "operations.h"
#include "query.h"
#include "search_index.h"

#include <string.h>

/* The message itself, or where it is gone or was an event: what is known of it. */
static struct carillon_message *first_message(struct carillon_storage_thread *thread,
                                              const struct conversation *conversation, const struct first_result *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    size_t count;
    sqlite3_stmt *rows = QUERY(thread, MESSAGE_AT, INT(conversation->key), INT(first->pos));
    struct carillon_message **found = message_load(thread, rows, 1, &count);
    if (found)
        return found[0];
    struct carillon_message *message = query_alloc(thread, sizeof(*message));
    if (message)
        *message = (struct carillon_message){ .pos = (uint64_t)first->pos,
                                              .id = first->id,
                                              .conversation = query_copy(thread, in->conversation),
                                              .author = account_copy(thread, in->user),
                                              .client_id = query_copy(thread, in->client_id),
                                              .text = query_copy(thread, CARILLON_STR("")),
                                              .created_ms = first->at_ms };
    return message;
}

static void answer_first_result(struct carillon_storage_thread *thread, const struct conversation *conversation,
                                const struct first_result *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_change *change = query_alloc(thread, sizeof(*change));
    if (!change)
        return;
    *change = (struct carillon_change){
        .pos = (uint64_t)first->pos, .type = first->type, .actor = account_copy(thread, in->user), .at_ms = first->at_ms
    };
    if (first->type == CARILLON_EVENT_MESSAGE_NEW)
        change->message = first_message(thread, conversation, first);
    else
        change->name = query_copy(thread, in->name);
    thread->request->out.change = change;
}

/* The fresh message from what was given, without reading it again. */
static struct carillon_message *describe_message(struct carillon_storage_thread *thread, int64_t key, int64_t pos)
{
    const struct carillon_storage_input *in = &thread->request->in;
    if (in->reply_to.len || in->mention_count)
        return message_load_one(thread, key);
    struct carillon_message *message = query_alloc(thread, sizeof(*message));
    if (message)
        *message = (struct carillon_message){ .pos = (uint64_t)pos,
                                              .id = query_copy(thread, in->id),
                                              .conversation = query_copy(thread, in->conversation),
                                              .author = account_copy(thread, in->user),
                                              .client_id = query_copy(thread, in->client_id),
                                              .text = query_copy(thread, in->text),
                                              .data = query_copy(thread, in->data),
                                              .created_ms = in->now_ms };
    return message;
}

/* The row of the new message, at the conversation's next pos; its key, or 0: there is one of that id. */
static int64_t add_message(struct carillon_storage_thread *thread, const struct conversation *conversation,
                           struct actor author)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str reply_to = in->reply_to.len ? in->reply_to : (struct carillon_str){ 0 };
    int64_t key = INSERT(thread, MESSAGE_ADD, INT(conversation->key), INT(conversation->last_pos + 1),
                         INT(conversation->message_count + 1), TEXT(in->id), KEY(author.account), KEY(author.signature),
                         TEXT(in->client_id), client_id_digest(thread, author.account), TEXT(in->text), TEXT(in->data),
                         INT(in->now_ms), TEXT(reply_to));
    return query_changed(thread) ? key : 0;
}

/* The message's row comes first: it is the last thing that may be refused. It is its change and client id, too. */
static enum carillon_result append_message(struct carillon_storage_thread *thread, struct conversation *conversation,
                                           struct actor author)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct change_row row = { .type = in->type, .actor = author };
    int64_t key = add_message(thread, conversation, author);
    if (!key)
        return CARILLON_INVALID;
    int64_t pos = ++conversation->last_pos;
    struct message_row message = { .key = key, .pos = pos, .author = author.account };
    conversation->message_count++;
    conversation->last_message = key;
    message_set_mentions(thread, conversation, &message);
    search_add(thread, conversation->key, key, in->text);
    client_id_note_message(thread, conversation, author.account);
    struct carillon_change *change = change_answer(thread, pos, &row, 0);
    if (change)
        change->message = describe_message(thread, key, pos);
    return CARILLON_OK;
}

static enum carillon_result append_event(struct carillon_storage_thread *thread, struct conversation *conversation,
                                         struct actor author)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct change_row row = { .type = in->type, .actor = author, .name = in->name, .data = in->data };
    int64_t pos = change_add(thread, conversation, &row);
    client_id_add_event(thread, conversation, author.account, pos);
    change_answer(thread, pos, &row, 0);
    return CARILLON_OK;
}

/* Refuses what must not be stored; OK otherwise. */
static enum carillon_result check_append(struct carillon_storage_thread *thread,
                                         const struct conversation *conversation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct message_row other;
    if (in->type == CARILLON_EVENT_EVENT)
        return in->name.len ? CARILLON_OK : CARILLON_INVALID;
    if (in->type != CARILLON_EVENT_MESSAGE_NEW || !in->id.len || !in->text.ptr)
        return CARILLON_INVALID;
    bool import = thread->request->op == CARILLON_STORAGE_IMPORT; /* what it answers may have been dropped */
    if (!import && in->reply_to.len && !message_find(thread, conversation, in->reply_to, &other))
        return CARILLON_INVALID;
    return CARILLON_OK;
}

enum carillon_result append_change(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct conversation conversation;
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    struct actor author = actor_find(thread, request->app, in->user);
    struct first_result first;
    if (client_id_counts(thread, author.account) &&
        client_id_find(thread, &conversation, author.account, in->client_id, &first)) {
        if (!first.same_body)
            return CARILLON_CONFLICT;
        answer_first_result(thread, &conversation, &first);
        return CARILLON_DUPLICATE;
    }
    enum carillon_result result = check_append(thread, &conversation);
    if (result != CARILLON_OK || thread->error)
        return result;
    actor_complete(thread, request->app, in->user, &author);
    result = (in->type == CARILLON_EVENT_EVENT ? append_event : append_message)(thread, &conversation, author);
    if (result != CARILLON_OK)
        return result;
    conversation_bump(thread, &conversation);
    conversation_store(thread, &conversation);
    thread->appended++;
    return CARILLON_OK;
}

enum carillon_result get_client_id(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct conversation conversation;
    struct first_result first = { 0 };
    if (!conversation_find(thread, request, &conversation))
        return CARILLON_NOT_FOUND;
    int64_t account = account_find(thread, request->app, request->in.user.id);
    if (!account || !client_id_find(thread, &conversation, account, request->in.client_id, &first))
        return CARILLON_NOT_FOUND;
    struct carillon_message **list = query_alloc(thread, sizeof(*list));
    answer_first_result(thread, &conversation, &first);
    if (!list)
        return CARILLON_NO_MEMORY;
    list[0] = first_message(thread, &conversation, &first);
    memcpy(request->out.submitted, first.digest, sizeof(request->out.submitted));
    request->out.messages = list;
    request->out.count = 1;
    return CARILLON_OK;
}
