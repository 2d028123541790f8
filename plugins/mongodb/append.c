#include "batch.h"
#include "change.h"
#include "client_id.h"
#include "message.h"
#include "operations.h"
#include "words.h"

#include <string.h>

/* The message itself, or where it is gone or was an event: what is known of it. */
static struct carillon_message *first_message(struct carillon_storage_thread *thread,
                                              const struct client_id_first *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_message *message = message_load_at(thread, first->pos);
    if (!message && (message = doc_alloc(thread, sizeof(*message))))
        *message = (struct carillon_message){ .pos = (uint64_t)first->pos,
                                              .id = first->id,
                                              .conversation = doc_copy(thread, in->conversation),
                                              .author = doc_copy_user(thread, in->user),
                                              .client_id = doc_copy(thread, in->client_id),
                                              .text = doc_copy(thread, CARILLON_STR("")),
                                              .created_ms = first->at_ms };
    return message;
}

static void answer_first_result(struct carillon_storage_thread *thread, const struct client_id_first *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_change *change = doc_alloc(thread, sizeof(*change));
    if (!change)
        return;
    *change = (struct carillon_change){ .pos = (uint64_t)first->pos,
                                        .type = first->type,
                                        .actor = doc_copy_user(thread, in->user),
                                        .at_ms = first->at_ms };
    if (first->type == CARILLON_EVENT_MESSAGE_NEW)
        change->message = first_message(thread, first);
    else
        change->name = doc_copy(thread, in->name);
    thread->request->out.change = change;
}

/* ---- messages and events ---- */

static void add_words(bson_t *doc, struct carillon_str text)
{
    struct words words;
    if (words_split(text, WORDS_MAX, &words) && words.count) {
        words_unique(&words);
        doc_strs(doc, "words", words.list, words.count);
    }
    words_free(&words);
}

/* The fresh message from what was given, without reading it again; previews of answers need a look. */
static struct carillon_message *describe_message(struct carillon_storage_thread *thread, int64_t pos,
                                                 struct carillon_str *mentions, size_t mention_count)
{
    const struct carillon_storage_input *in = &thread->request->in;
    if (in->reply_to.len)
        return message_load_at(thread, pos);
    struct carillon_message *message = doc_alloc(thread, sizeof(*message));
    if (!message)
        return NULL;
    *message = (struct carillon_message){ .pos = (uint64_t)pos,
                                          .id = doc_copy(thread, in->id),
                                          .conversation = doc_copy(thread, in->conversation),
                                          .author = doc_copy_user(thread, in->user),
                                          .client_id = doc_copy(thread, in->client_id),
                                          .text = doc_copy(thread, in->text),
                                          .data = doc_copy(thread, in->data),
                                          .created_ms = in->now_ms,
                                          .mentions = mention_count ? mentions : NULL,
                                          .mention_count = mention_count };
    for (size_t i = 0; i < mention_count; i++)
        mentions[i] = doc_copy(thread, mentions[i]);
    return message;
}

static struct carillon_str remembered_id(const struct carillon_storage_thread *thread)
{
    return client_id_counts(thread) ? thread->request->in.client_id : (struct carillon_str){ 0 };
}

static void append_message(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str *mentions;
    size_t mention_count = message_unique_mentions(thread, &mentions);
    bson_value_t key = { .value_type = BSON_TYPE_OID };
    bson_oid_init(&key.value.v_oid, NULL);
    struct change change = { .type = in->type,
                             .actor = in->user,
                             .message = CHANGE_ABOUT_ITSELF,
                             .id = in->id,
                             .key = &key,
                             .ordinal = ++conversation->message_count,
                             .client_id = remembered_id(thread) };
    change_add(thread, conversation, &change);
    bson_t *doc = bson_new();
    bson_append_oid(doc, "_id", -1, &key.value.v_oid);
    doc_str(doc, "app", thread->request->app);
    doc_str(doc, "conversation", in->conversation);
    doc_int(doc, "pos", change.pos);
    doc_int(doc, "ordinal", change.ordinal);
    doc_str(doc, "id", in->id);
    doc_user(doc, "author", in->user);
    doc_str(doc, "body", in->text);
    doc_str(doc, "data", in->data);
    doc_str(doc, "client_id", in->client_id);
    if (in->reply_to.len)
        doc_str(doc, "reply_to", in->reply_to);
    if (mention_count)
        doc_strs(doc, "mentions", mentions, mention_count);
    doc_time(doc, "created", in->now_ms);
    bson_append_oid(doc, "order", -1, &key.value.v_oid);
    doc_int(doc, "sum", message_sum(in->text));
    doc_int(doc, "revision", change.pos);
    add_words(doc, in->text);
    batch_add(thread, BATCH_MESSAGES, doc);
    conversation->last_message = change.pos;
    struct carillon_change *answer = change_answer(thread, &change);
    if (answer)
        answer->message = describe_message(thread, change.pos, mentions, mention_count);
}

static void append_event(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct change change = {
        .type = in->type, .actor = in->user, .name = in->name, .data = in->data, .client_id = remembered_id(thread)
    };
    change_add(thread, conversation, &change);
    change_answer(thread, &change);
}

/* Refuses what must not be stored; OK otherwise. */
static enum carillon_result check_append(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct message_row other;
    if (in->type == CARILLON_EVENT_EVENT)
        return in->name.len ? CARILLON_OK : CARILLON_INVALID;
    if (in->type != CARILLON_EVENT_MESSAGE_NEW || !in->id.len || !in->text.ptr)
        return CARILLON_INVALID;
    bool import = thread->request->op == CARILLON_STORAGE_IMPORT; /* what it answers may have been dropped */
    if (!import && in->reply_to.len && !message_find(thread, in->reply_to, &other))
        return CARILLON_INVALID;
    if (thread->batch->careful && message_find(thread, in->id, &other))
        return CARILLON_INVALID;
    return CARILLON_OK;
}

enum carillon_result append_change(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct client_id_first first;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    bool look = thread->batch->careful && client_id_counts(thread);
    if (look && client_id_find(thread, &first)) {
        if (!first.same_body)
            return CARILLON_CONFLICT;
        answer_first_result(thread, &first);
        return CARILLON_DUPLICATE;
    }
    enum carillon_result result = check_append(thread);
    if (result != CARILLON_OK || thread->failure)
        return result;
    if (look)
        client_id_forget(thread); /* one that is older than its time */
    if (in->type == CARILLON_EVENT_EVENT)
        append_event(thread, conversation);
    else
        append_message(thread, conversation);
    conversation_bump(thread, conversation);
    return CARILLON_OK;
}

enum carillon_result get_client_id(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct client_id_first first = { 0 };
    if (!conversation_find(thread, request) || !client_id_find(thread, &first))
        return CARILLON_NOT_FOUND;
    struct carillon_message **list = doc_alloc(thread, sizeof(*list));
    answer_first_result(thread, &first);
    if (!list)
        return CARILLON_NO_MEMORY;
    list[0] = first_message(thread, &first);
    memcpy(request->out.submitted, first.digest, sizeof(request->out.submitted));
    request->out.messages = list;
    request->out.count = 1;
    return CARILLON_OK;
}
