#include "batch.h"
#include "change.h"
#include "message.h"
#include "operations.h"
#include "words.h"

static void set_words(bson_t *fields, bson_t *gone, struct carillon_str text)
{
    struct words words;
    if (words_split(text, WORDS_MAX, &words))
        words_unique(&words);
    if (words.count)
        doc_strs(fields, "words", words.list, words.count);
    else
        bson_append_int32(gone, "words", -1, 1);
    words_free(&words);
}

static bson_t *describe_edit(struct carillon_storage_thread *thread, int64_t revision)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_str *mentions;
    bson_t *fields = bson_new(), *gone = bson_new(), *update = bson_new();
    size_t mention_count = message_unique_mentions(thread, &mentions);
    doc_str(fields, "body", in->text);
    doc_str(fields, "data", in->data);
    doc_time(fields, "edited", in->now_ms);
    doc_int(fields, "sum", message_sum(in->text));
    doc_int(fields, "revision", revision);
    if (mention_count)
        doc_strs(fields, "mentions", mentions, mention_count);
    else
        bson_append_int32(gone, "mentions", -1, 1);
    set_words(fields, gone, in->text);
    doc_operator(update, "$set", fields);
    if (bson_empty(gone))
        bson_destroy(gone);
    else
        doc_operator(update, "$unset", gone);
    return update;
}

enum carillon_result edit_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct message_row message;
    if (!in->text.ptr)
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation || !message_find(thread, in->id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_GONE;
    struct change change = {
        .type = CARILLON_EVENT_MESSAGE_EDITED, .actor = in->user, .message = message.pos, .id = in->id
    };
    change_add(thread, conversation, &change);
    query_update(thread, COLLECTION_MESSAGES, message_at(thread, message.pos), describe_edit(thread, change.pos));
    change_answer(thread, &change);
    return CARILLON_OK;
}

enum carillon_result delete_message(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    struct message_row message;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation || !message_find(thread, request->in.id, &message))
        return CARILLON_NOT_FOUND;
    if (message.deleted)
        return CARILLON_OK;
    struct change change = {
        .type = CARILLON_EVENT_MESSAGE_DELETED, .actor = request->in.user, .message = message.pos, .id = message.id
    };
    change_add(thread, conversation, &change);
    bool import = request->op == CARILLON_STORAGE_IMPORT; /* of what another program deleted nobody is told */
    message_make_tombstone(thread, conversation, message.pos, import ? request->in.member.id : request->in.user.id,
                           change.pos);
    change_answer(thread, &change);
    return CARILLON_OK;
}
