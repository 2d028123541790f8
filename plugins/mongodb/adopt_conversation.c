#include "adoption.h"

#include "member.h"

enum { NAME_MAX_BYTES = 164, TITLE_MAX_BYTES = 800 };

/* The number at the newest (order -1) or oldest document of this conversation. */
static int64_t number_at_end(struct carillon_storage_thread *thread, enum collection in, const char *field, int order)
{
    bson_t *filter = query_scope(thread);
    doc_exists(filter, "pos", true);
    bson_t *doc = query_one(thread, in, filter, doc_sorted("pos", order, 1));
    int64_t number = doc ? doc_get_int(doc, field) : 0;
    bson_destroy(doc);
    return number;
}

/* A document that was replaced has lost its numbers; what is in the conversation still tells them. */
static void recover_numbers(struct carillon_storage_thread *thread, struct conversation *conversation)
{
    conversation->last_pos = number_at_end(thread, COLLECTION_CHANGES, "pos", -1);
    conversation->first_pos = number_at_end(thread, COLLECTION_CHANGES, "pos", 1);
    if (!conversation->first_pos)
        conversation->first_pos = conversation->last_pos + 1;
    conversation->message_count = number_at_end(thread, COLLECTION_MESSAGES, "ordinal", -1);
    conversation->last_message = number_at_end(thread, COLLECTION_MESSAGES, "pos", -1);
    conversation->member_count = query_count(thread, COLLECTION_MEMBERS, query_scope(thread), INT32_MAX);
    conversation->dirty = true;
}

static void make_change(struct carillon_storage_thread *thread, struct adoption *adoption,
                        enum carillon_event_type type, struct carillon_user actor, struct carillon_str title)
{
    adoption->change = (struct change){
        .type = type, .actor = actor, .visibility = adoption->conversation->visibility, .name = title
    };
    change_add(thread, adoption->conversation, &adoption->change);
}

/* Is the name free, or this document's? */
static bool has_namesake(struct carillon_storage_thread *thread, const struct adoption *adoption)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "name", adoption->request.in.conversation);
    return adoption_has_another(thread, COLLECTION_CONVERSATIONS, adoption, filter);
}

static void set_known(struct carillon_storage_thread *thread, const struct adoption *adoption, bson_t *fields,
                      struct carillon_str title, enum carillon_visibility visibility)
{
    doc_str(fields, "title", title);
    doc_str(fields, "visibility", doc_visibility_word(visibility));
    doc_int(fields, "sum", conversation_sum(title, visibility));
    adoption_set(thread, COLLECTION_CONVERSATIONS, adoption, fields);
}

static void adopt_new(struct carillon_storage_thread *thread, struct adoption *adoption, struct carillon_str title)
{
    char epoch[CONVERSATION_EPOCH_SIZE];
    struct carillon_user creator;
    bool created = adoption_user(adoption->doc, "creator", &creator);
    enum carillon_visibility visibility = doc_visibility_of(doc_peek_str(adoption->doc, "visibility"));
    if (has_namesake(thread, adoption)) {
        adoption_refuse(adoption, "there is a conversation of this name");
        return;
    }
    if (!conversation_new_epoch(epoch))
        return;
    bson_t *fields = bson_new();
    doc_str(fields, "app", adoption->request.app);
    bson_append_utf8(fields, "epoch", -1, epoch, -1);
    if (created)
        doc_user(fields, "creator", creator);
    if (!doc_get_time(adoption->doc, "created"))
        doc_time(fields, "created", adoption->request.in.now_ms);
    set_known(thread, adoption, fields, title, visibility);
    adoption->conversation = conversation_find(thread, &adoption->request);
    if (!adoption->conversation)
        return;
    recover_numbers(thread, adoption->conversation);
    bool first = adoption->conversation->last_pos == 0;
    conversation_bump(thread, adoption->conversation);
    make_change(thread, adoption, first ? CARILLON_EVENT_CONVERSATION_CREATED : CARILLON_EVENT_CONVERSATION_UPDATED,
                created ? creator : (struct carillon_user){ 0 }, title);
    if (created && !member_role(thread, creator.id))
        member_add(thread, adoption->conversation, creator, CARILLON_ROLE_OWNER, NULL);
}

static void adopt_edit(struct carillon_storage_thread *thread, struct adoption *adoption, struct carillon_str title)
{
    enum carillon_visibility visibility = doc_visibility_of(doc_peek_str(adoption->doc, "visibility"));
    adoption->conversation = conversation_find(thread, &adoption->request);
    if (!adoption->conversation || doc_get_int(adoption->doc, "sum") == conversation_sum(title, visibility))
        return;
    set_known(thread, adoption, bson_new(), title, visibility);
    make_change(thread, adoption, CARILLON_EVENT_CONVERSATION_UPDATED, (struct carillon_user){ 0 }, title);
}

void adopt_conversation(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    adoption->doc = query_one(thread, COLLECTION_CONVERSATIONS, adoption_by_key(adoption->key), NULL);
    if (!adoption->doc)
        return;
    struct carillon_str name = doc_peek_str(adoption->doc, "name"), title = doc_peek_str(adoption->doc, "title");
    adoption->request = (struct carillon_storage_request){
        .app = adoption_app(thread, adoption->doc), .in = { .conversation = name, .now_ms = mongodb_host->now_ms() }
    };
    thread->request = &adoption->request;
    if (!title.len)
        title = name;
    if (!adoption_is_name(name, NAME_MAX_BYTES))
        adoption_refuse(adoption, "its name is no channel's");
    else if (!adoption_is_text(title, TITLE_MAX_BYTES))
        adoption_refuse(adoption, "its title is too long or no text");
    else if (!doc_has(adoption->doc, "epoch"))
        adopt_new(thread, adoption, title);
    else
        adopt_edit(thread, adoption, title);
}
