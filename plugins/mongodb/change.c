#include "change.h"

#include "batch.h"
#include "client_id.h"
#include "message.h"

/* Are those concerned too who do not subscribe: is somebody in or out, is a conversation new or named anew? */
static bool concerns_others(enum carillon_event_type type)
{
    return type > CARILLON_EVENT_REACTION_REMOVED && type != CARILLON_EVENT_EVENT;
}

static void note_news(struct conversation *conversation, const struct change *change)
{
    struct news *news = &conversation->news;
    news->any = true;
    if (!news->from && concerns_others(change->type)) {
        news->from = change->pos;
        news->type = change->type;
    }
}

void change_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct change *change)
{
    change->pos = ++conversation->last_pos;
    conversation->dirty = true;
    note_news(conversation, change);
    bson_t *doc = bson_new();
    if (change->key)
        bson_append_value(doc, "_id", -1, change->key);
    doc_str(doc, "app", conversation->app);
    doc_str(doc, "conversation", conversation->name);
    doc_int(doc, "pos", change->pos);
    doc_str(doc, "type", doc_type_word(change->type));
    if (change->type == CARILLON_EVENT_MESSAGE_NEW || change->client_id.len)
        doc_str(doc, "author", change->actor.id);
    if (change->type != CARILLON_EVENT_MESSAGE_NEW) /* the name is the message's */
        doc_user(doc, "actor", change->actor);
    doc_time(doc, "at", thread->request->in.now_ms);
    if (change->message)
        doc_int(doc, "message", change->message == CHANGE_ABOUT_ITSELF ? change->pos : change->message);
    doc_str(doc, "id", change->id);
    if (change->ordinal)
        doc_int(doc, "ordinal", change->ordinal);
    doc_str(doc, "emoji", change->emoji);
    doc_user(doc, "member", change->member);
    if (change->member.id.len)
        doc_str(doc, "role", doc_role_word(change->role));
    if (change_has_visibility(change->type))
        doc_str(doc, "visibility", doc_visibility_word(change->visibility));
    doc_str(doc, "name", change->name);
    doc_str(doc, "data", change->data);
    if (change->client_id.len)
        client_id_append(thread, doc);
    batch_add(thread, BATCH_CHANGES, doc);
}

struct carillon_change *change_answer(struct carillon_storage_thread *thread, const struct change *change)
{
    const struct carillon_storage_input *in = &thread->request->in;
    struct carillon_change *out = doc_alloc(thread, sizeof(*out));
    if (!out)
        return NULL;
    *out = (struct carillon_change){ .pos = (uint64_t)change->pos,
                                     .type = change->type,
                                     .actor = doc_copy_user(thread, change->actor),
                                     .at_ms = in->now_ms,
                                     .emoji = doc_copy(thread, change->emoji),
                                     .member = doc_copy_user(thread, change->member),
                                     .role = change->role,
                                     .visibility = change->visibility,
                                     .name = doc_copy(thread, change->name),
                                     .data = doc_copy(thread, change->data) };
    if (change->message > 0)
        out->message = message_load_at(thread, change->message);
    thread->request->out.change = out;
    return out;
}
