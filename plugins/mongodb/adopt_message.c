#include "adoption.h"

#include "batch.h"
#include "message.h"
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { UUID_SIZE = 37 };

static void make_uuid(char text[UUID_SIZE], int64_t now_ms)
{
    unsigned char b[16];
    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        memset(b, 0, sizeof(b)); /* cannot be: so few bytes come whole */
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(now_ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    snprintf(text, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
             b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static void append_words(bson_t *fields, struct carillon_str body)
{
    struct words words;
    if (words_split(body, WORDS_MAX, &words))
        words_unique(&words);
    doc_strs(fields, "words", words.list, words.count);
    words_free(&words);
}

/* Fields that every body has which the daemons know. */
static void append_known(bson_t *fields, struct carillon_str body, int64_t revision)
{
    doc_int(fields, "sum", message_sum(body));
    doc_int(fields, "revision", revision);
    append_words(fields, body);
}

static void adopt_new(struct carillon_storage_thread *thread, struct adoption *adoption, char uuid[UUID_SIZE])
{
    struct carillon_str body = doc_peek_str(adoption->doc, "body"), id = doc_peek_str(adoption->doc, "id");
    struct carillon_user author;
    struct conversation *conversation = adoption->conversation;
    if (!adoption_user(adoption->doc, "author", &author)) {
        adoption_refuse(adoption, "its author is no user id");
        return;
    }
    if (!adoption_is_text(body, BSON_MAX_SIZE)) {
        adoption_refuse(adoption, "its body is no text");
        return;
    }
    if (!id.len) {
        make_uuid(uuid, adoption->request.in.now_ms);
        id = (struct carillon_str){ uuid, UUID_SIZE - 1 };
    }
    adoption->change = (struct change){ .type = CARILLON_EVENT_MESSAGE_NEW,
                                        .actor = author,
                                        .message = CHANGE_ABOUT_ITSELF,
                                        .id = id,
                                        .key = adoption->key,
                                        .ordinal = ++conversation->message_count };
    change_add(thread, conversation, &adoption->change);
    bson_oid_t order;
    bson_oid_init(&order, NULL);
    bson_t *fields = bson_new();
    doc_str(fields, "app", adoption->request.app);
    doc_int(fields, "pos", adoption->change.pos);
    doc_int(fields, "ordinal", adoption->change.ordinal);
    doc_str(fields, "id", id);
    doc_user(fields, "author", author);
    if (!doc_get_time(adoption->doc, "created"))
        doc_time(fields, "created", adoption->request.in.now_ms);
    bson_append_oid(fields, "order", -1, &order);
    append_known(fields, body, adoption->change.pos);
    if (!adoption_set(thread, COLLECTION_MESSAGES, adoption, fields) && !thread->failure)
        thread->failure = FAILURE_DUPLICATE; /* gone already: look again, carefully */
    conversation->last_message = adoption->change.pos;
    conversation_bump(thread, conversation);
}

bool adopt_message_describe(const struct adoption *adoption, struct carillon_message *message,
                            struct carillon_change *change)
{
    static const char *const more[] = { "mentions", "reply_to", "reactions", "edited", "deleted" };
    const bson_t *doc = adoption->doc;
    if (adoption->change.type != CARILLON_EVENT_MESSAGE_NEW || !doc)
        return false;
    for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
        if (doc_has(doc, more[i]))
            return false;
    int64_t created = doc_get_time(doc, "created");
    *message = (struct carillon_message){ .pos = (uint64_t)adoption->change.pos,
                                          .id = adoption->change.id,
                                          .conversation = adoption->request.in.conversation,
                                          .author = adoption->change.actor,
                                          .client_id = doc_peek_str(doc, "client_id"),
                                          .text = doc_peek_str(doc, "body"),
                                          .data = doc_peek_str(doc, "data"),
                                          .created_ms = created ? created : adoption->request.in.now_ms };
    *change = (struct carillon_change){ .pos = message->pos,
                                        .type = adoption->change.type,
                                        .actor = adoption->change.actor,
                                        .at_ms = adoption->request.in.now_ms,
                                        .message = message };
    return true;
}

/* Of a message that came with a change: by the name that it still has, or that the user is registered with. */
static struct carillon_user past_author(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    struct carillon_user author = { .id = doc_peek_str(adoption->past, "author"), .name = CARILLON_STR("") };
    if (adoption->doc && str_same(author.id, doc_peek_str(adoption->doc, "author.id")))
        return (struct carillon_user){ author.id, doc_peek_str(adoption->doc, "author.name") };
    bson_t *filter = query_app(thread);
    doc_str(filter, "id", author.id);
    adoption->user = query_one(thread, COLLECTION_USERS, filter, NULL);
    if (adoption->user)
        author.name = doc_peek_str(adoption->user, "name");
    return author;
}

/* Also of a document that was replaced and has lost its place, which the change that it came with remembers. */
static void adopt_edit(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    struct carillon_str body = doc_peek_str(adoption->doc, "body");
    bool replaced = !doc_has(adoption->doc, "pos");
    bool known = !replaced && doc_get_int(adoption->doc, "sum") == message_sum(body);
    if (known || doc_has(adoption->doc, "deleted"))
        return;
    if (!adoption_is_text(body, BSON_MAX_SIZE)) {
        adoption_refuse(adoption, "its body is no text any more");
        return;
    }
    struct carillon_user author = past_author(thread, adoption);
    adoption->change = (struct change){ .type = CARILLON_EVENT_MESSAGE_EDITED,
                                        .actor = author,
                                        .message = doc_get_int(adoption->past, "message"),
                                        .id = doc_peek_str(adoption->past, "id") };
    change_add(thread, adoption->conversation, &adoption->change);
    bson_t *fields = bson_new();
    if (replaced) {
        bson_oid_t order;
        bson_oid_init(&order, NULL);
        doc_str(fields, "app", adoption->request.app);
        doc_str(fields, "conversation", adoption->request.in.conversation);
        doc_int(fields, "pos", adoption->change.message);
        doc_int(fields, "ordinal", doc_get_int(adoption->past, "ordinal"));
        doc_str(fields, "id", adoption->change.id);
        doc_user(fields, "author", author);
        doc_time(fields, "created", doc_get_time(adoption->past, "at"));
        bson_append_oid(fields, "order", -1, &order);
    }
    doc_time(fields, "edited", adoption->request.in.now_ms);
    append_known(fields, body, adoption->change.pos);
    adoption_set(thread, COLLECTION_MESSAGES, adoption, fields);
}

/* A tombstone takes the place of what is gone, so that the history and the counts stay whole. */
static void adopt_deletion(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    const bson_t *past = adoption->past;
    struct carillon_user author = past_author(thread, adoption);
    adoption->change = (struct change){ .type = CARILLON_EVENT_MESSAGE_DELETED,
                                        .actor = author,
                                        .message = doc_get_int(past, "message"),
                                        .id = doc_peek_str(past, "id") };
    change_add(thread, adoption->conversation, &adoption->change);
    bson_oid_t order;
    bson_oid_init(&order, NULL);
    bson_t *doc = adoption_by_key(adoption->key);
    doc_str(doc, "app", adoption->request.app);
    doc_str(doc, "conversation", adoption->request.in.conversation);
    doc_int(doc, "pos", adoption->change.message);
    doc_int(doc, "ordinal", doc_get_int(past, "ordinal"));
    doc_str(doc, "id", adoption->change.id);
    doc_user(doc, "author", author);
    doc_time(doc, "created", doc_get_time(past, "at"));
    bson_append_oid(doc, "order", -1, &order);
    query_insert(thread, COLLECTION_MESSAGES, doc);
    message_make_tombstone(thread, adoption->conversation, adoption->change.message, (struct carillon_str){ 0 },
                           adoption->change.pos);
}

/* As it was inserted, without a look: what has become of it since is told by another event. */
static bool adopt_insert(struct carillon_storage_thread *thread, struct adoption *adoption, char uuid[UUID_SIZE])
{
    if (!adoption->inserted || thread->batch->careful)
        return false;
    adoption->doc = bson_copy(adoption->inserted);
    if (adoption_find_place(thread, adoption, adoption->doc))
        adopt_new(thread, adoption, uuid);
    return true;
}

void adopt_message(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    static _Thread_local char uuid[UUID_SIZE];
    if (adopt_insert(thread, adoption, uuid))
        return;
    adoption->doc = query_one(thread, COLLECTION_MESSAGES, adoption_by_key(adoption->key), NULL);
    bool has_place = adoption->doc && doc_has(adoption->doc, "pos");
    if (has_place && doc_get_int(adoption->doc, "sum") == message_sum(doc_peek_str(adoption->doc, "body")))
        return;
    adoption->past = query_one(thread, COLLECTION_CHANGES, adoption_by_key(adoption->key), NULL);
    const bson_t *from = adoption->past ? adoption->past : adoption->doc;
    if (thread->failure || !from || !adoption_find_place(thread, adoption, from))
        return;
    if (!adoption->past)
        adopt_new(thread, adoption, uuid);
    else if (adoption->doc)
        adopt_edit(thread, adoption);
    else
        adopt_deletion(thread, adoption);
}
