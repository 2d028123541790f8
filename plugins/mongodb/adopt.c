#include "adopt.h"

#include "batch.h"
#include "change.h"
#include "message.h"
#include "transaction.h"
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { USER_ID_MAX = 128, USER_NAME_MAX = 80, UUID_SIZE = 37 };

/* One document that is looked at. */
struct adoption {
    const bson_value_t *key;
    bson_t *doc;  /* as it is; NULL: gone */
    bson_t *user; /* its author, where that had to be looked up */
    bson_t *past; /* the change that it came with; NULL: it has no pos yet */
    struct carillon_storage_request request;
    struct conversation *conversation;
    struct change change; /* what was made of it; pos 0: nothing */
};

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

static bson_t *by_key(const bson_value_t *key)
{
    bson_t *filter = bson_new();
    bson_append_value(filter, "_id", -1, key);
    return filter;
}

/* ---- what other programs wrote, checked ---- */

static bool is_user_id(struct carillon_str id)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=@,.;";
    return id.len >= 1 && id.len <= USER_ID_MAX && strspn(id.ptr, allowed) == id.len;
}

static bool is_text(struct carillon_str text, size_t max)
{
    return text.ptr && text.len <= max && bson_utf8_validate(text.ptr, text.len, false);
}

/* author: "ada", or { id: "ada", name: "Ada" }. A name that is missing is the id. */
static bool read_author(const bson_t *doc, struct carillon_user *author)
{
    author->id = doc_peek_str(doc, "author");
    if (!author->id.ptr)
        author->id = doc_peek_str(doc, "author.id");
    author->name = doc_peek_str(doc, "author.name");
    if (!author->name.len || !is_text(author->name, USER_NAME_MAX))
        author->name = author->id;
    return is_user_id(author->id);
}

static void refuse(const struct adoption *adoption, const char *why)
{
    char *key = bson_as_relaxed_extended_json(adoption->doc, NULL);
    store_log(WARNING, "a message of another program is left alone, %s: %.160s", why, key ? key : "");
    bson_free(key);
}

/* ---- the three things that may have happened ---- */

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

static void set_fields(struct carillon_storage_thread *thread, const struct adoption *adoption, bson_t *fields)
{
    bson_t *update = bson_new();
    doc_operator(update, "$set", fields);
    query_update(thread, COLLECTION_MESSAGES, by_key(adoption->key), update);
}

static void adopt_new(struct carillon_storage_thread *thread, struct adoption *adoption, char uuid[UUID_SIZE])
{
    struct carillon_str body = doc_peek_str(adoption->doc, "body"), id = doc_peek_str(adoption->doc, "id");
    struct carillon_user author;
    struct conversation *conversation = adoption->conversation;
    if (!read_author(adoption->doc, &author)) {
        refuse(adoption, "its author is no user id");
        return;
    }
    if (!is_text(body, BSON_MAX_SIZE)) {
        refuse(adoption, "its body is no text");
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
    set_fields(thread, adoption, fields);
    conversation->last_message = adoption->change.pos;
    conversation_bump(thread, conversation);
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
    if (!is_text(body, BSON_MAX_SIZE)) {
        refuse(adoption, "its body is no text any more");
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
    set_fields(thread, adoption, fields);
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
    bson_t *doc = by_key(adoption->key);
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

/* ---- one look ---- */

static void forget_look(struct adoption *adoption)
{
    bson_destroy(adoption->doc);
    bson_destroy(adoption->past);
    bson_destroy(adoption->user);
    adoption->doc = adoption->past = adoption->user = NULL;
}

/* Where it belongs: by the change it came with, else by its own word. */
static bool find_place(struct carillon_storage_thread *thread, struct adoption *adoption)
{
    const bson_t *from = adoption->past ? adoption->past : adoption->doc;
    const char *foreign = thread->store->foreign_app;
    adoption->request = (struct carillon_storage_request){ .app = doc_peek_str(from, "app"),
                                                           .in = { .conversation = doc_peek_str(from, "conversation"),
                                                                   .now_ms = mongodb_host->now_ms() } };
    if (!adoption->request.app.len)
        adoption->request.app = (struct carillon_str){ foreign, strlen(foreign) };
    thread->request = &adoption->request;
    adoption->conversation = conversation_find(thread, &adoption->request);
    if (!adoption->conversation && adoption->doc && !adoption->past && !thread->failure)
        refuse(adoption, "there is no such conversation");
    return adoption->conversation != NULL;
}

static void look(struct carillon_storage_thread *thread, void *arg)
{
    struct adoption *adoption = arg;
    static _Thread_local char uuid[UUID_SIZE];
    forget_look(adoption);
    adoption->change = (struct change){ 0 };
    adoption->doc = query_one(thread, COLLECTION_MESSAGES, by_key(adoption->key), NULL);
    bool has_place = adoption->doc && doc_has(adoption->doc, "pos");
    if (has_place && doc_get_int(adoption->doc, "sum") == message_sum(doc_peek_str(adoption->doc, "body")))
        return;
    adoption->past = query_one(thread, COLLECTION_CHANGES, by_key(adoption->key), NULL);
    if (thread->failure || (!adoption->doc && !adoption->past) || !find_place(thread, adoption))
        return;
    if (!adoption->past)
        adopt_new(thread, adoption, uuid);
    else if (adoption->doc)
        adopt_edit(thread, adoption);
    else
        adopt_deletion(thread, adoption);
}

bool adopt_look(struct carillon_storage_thread *thread, const bson_value_t *key)
{
    struct adoption adoption = { .key = key };
    struct batch batch = { 0 };
    thread->batch = &batch;
    enum carillon_result result = transaction_run(thread, look, &adoption,
                                                  mongodb_host->monotonic_ms() + thread->store->write_time_max);
    if (result == CARILLON_OK && adoption.change.pos)
        mongodb_host->storage_changed(mongodb_self, adoption.request.app, adoption.request.in.conversation,
                                      (uint64_t)adoption.change.pos, adoption.change.type);
    else if (result < 0)
        store_log(WARNING, "a message of another program waits: %s", thread->detail);
    forget_look(&adoption);
    batch_clear(&batch);
    conversation_forget_all(thread);
    thread->batch = NULL;
    thread->request = NULL;
    return result >= 0;
}

/* ---- all of them ---- */

static bool look_at_keys(struct carillon_storage_thread *thread, mongoc_cursor_t *cursor)
{
    const bson_t *doc;
    bson_error_t error;
    bson_iter_t iter;
    bool ok = true;
    while (ok && mongoc_cursor_next(cursor, &doc)) {
        bool known = doc_has(doc, "pos") && doc_get_int(doc, "sum") == message_sum(doc_peek_str(doc, "body"));
        if (!known && bson_iter_init_find(&iter, doc, "_id"))
            ok = adopt_look(thread, bson_iter_value(&iter));
    }
    ok = ok && !mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    return ok;
}

bool adopt_look_at_all(struct carillon_storage_thread *thread)
{
    bson_t all = BSON_INITIALIZER;
    bson_t *opts = BCON_NEW("projection", "{", "pos", BCON_INT32(1), "sum", BCON_INT32(1), "body", BCON_INT32(1), "}",
                            "noCursorTimeout", BCON_BOOL(true));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(thread->collections[COLLECTION_MESSAGES], &all, opts,
                                                               NULL);
    bson_destroy(opts);
    if (!look_at_keys(thread, cursor))
        return false;
    /* Changes that a message came with, whose document is gone. */
    bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$match", "{", "type", BCON_UTF8("message.new"), "}", "}", "{",
                                "$lookup", "{", "from", BCON_UTF8("messages"), "localField", BCON_UTF8("_id"),
                                "foreignField", BCON_UTF8("_id"), "as", BCON_UTF8("document"), "}", "}", "{", "$match",
                                "{", "document", "[", "]", "}", "}", "{", "$project", "{", "_id", BCON_INT32(1), "}",
                                "}", "]");
    cursor = mongoc_collection_aggregate(thread->collections[COLLECTION_CHANGES], MONGOC_QUERY_NONE, pipeline, NULL,
                                         NULL);
    bson_destroy(pipeline);
    return look_at_keys(thread, cursor);
}
