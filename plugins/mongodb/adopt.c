#include "adopt.h"

#include "adoption.h"
#include "batch.h"
#include "message.h"
#include "transaction.h"

static transaction_fn *look_of(enum collection in)
{
    switch (in) {
    case COLLECTION_CONVERSATIONS:
        return adopt_conversation;
    case COLLECTION_MEMBERS:
        return adopt_member;
    case COLLECTION_REACTIONS:
        return adopt_reaction;
    case COLLECTION_USERS:
        return adopt_user;
    default:
        return adopt_message;
    }
}

struct look {
    transaction_fn *run;
    struct adoption adoption;
};

static void forget(struct adoption *adoption)
{
    bson_destroy(adoption->doc);
    bson_destroy(adoption->past);
    bson_destroy(adoption->user);
    bson_destroy(adoption->message);
    *adoption = (struct adoption){ .key = adoption->key, .inserted = adoption->inserted };
}

static void look(struct carillon_storage_thread *thread, void *arg)
{
    struct look *look = arg;
    forget(&look->adoption); /* what an earlier try found */
    look->run(thread, &look->adoption);
}

static bool host_may_be_told(void)
{
    return mongodb_host->size >= offsetof(struct carillon_host, storage_told) + sizeof(mongodb_host->storage_told);
}

/* A message that is plain goes with its change, all else the host reads. */
static void tell_host(const struct adoption *adoption)
{
    struct carillon_str app = adoption->request.app, conversation = adoption->request.in.conversation;
    struct carillon_message message;
    struct carillon_change change;
    if (host_may_be_told() && adopt_message_describe(adoption, &message, &change))
        mongodb_host->storage_told(mongodb_self, app, conversation, &change);
    else
        mongodb_host->storage_changed(mongodb_self, app, conversation, (uint64_t)adoption->change.pos,
                                      adoption->change.type);
}

bool adopt_look(struct carillon_storage_thread *thread, enum collection in, const bson_value_t *key,
                const bson_t *inserted)
{
    struct look this = { .run = look_of(in), .adoption = { .key = key, .inserted = inserted } };
    struct adoption *adoption = &this.adoption;
    struct batch batch = { 0 };
    thread->batch = &batch;
    enum carillon_result result = transaction_run(thread, look, &this,
                                                  mongodb_host->monotonic_ms() + thread->store->write_time_max);
    if (result == CARILLON_OK && adoption->change.pos)
        tell_host(adoption);
    else if (result < 0)
        store_log(WARNING, "what another program wrote waits: %s", thread->detail);
    forget(adoption);
    batch_clear(&batch);
    conversation_forget_all(thread);
    thread->batch = NULL;
    thread->request = NULL;
    return result >= 0;
}

/* ---- all of them ---- */

/* known: may be NULL; of documents for which it is true no look is needed. */
static bool look_at_keys(struct carillon_storage_thread *thread, enum collection in, mongoc_cursor_t *cursor,
                         bool (*known)(const bson_t *doc))
{
    const bson_t *doc;
    bson_error_t error;
    bson_iter_t iter;
    bool ok = true;
    while (ok && mongoc_cursor_next(cursor, &doc)) {
        if (!(known && known(doc)) && bson_iter_init_find(&iter, doc, "_id"))
            ok = adopt_look(thread, in, bson_iter_value(&iter), NULL);
    }
    ok = ok && !mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    return ok;
}

static bool is_known_message(const bson_t *doc)
{
    return doc_has(doc, "pos") && doc_get_int(doc, "sum") == message_sum(doc_peek_str(doc, "body"));
}

/* One from before there were sums was written by a daemon. */
static bool is_known_conversation(const bson_t *doc)
{
    enum carillon_visibility visibility = doc_visibility_of(doc_peek_str(doc, "visibility"));
    return doc_has(doc, "epoch") &&
           (!doc_has(doc, "sum") ||
            doc_get_int(doc, "sum") == conversation_sum(doc_peek_str(doc, "title"), visibility));
}

static bool is_known_member(const bson_t *doc)
{
    return doc_has(doc, "sort_name") &&
           (!doc_has(doc, "known_role") || str_same(doc_peek_str(doc, "role"), doc_peek_str(doc, "known_role")));
}

static bool is_known_reaction(const bson_t *doc)
{
    return doc_has(doc, "pos");
}

static bool look_at_documents(struct carillon_storage_thread *thread, enum collection in,
                              bool (*known)(const bson_t *doc))
{
    bson_t all = BSON_INITIALIZER;
    bson_t *opts = BCON_NEW("projection", "{", "words", BCON_INT32(0), "}", "noCursorTimeout", BCON_BOOL(true));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(thread->collections[in], &all, opts, NULL);
    bson_destroy(opts);
    return look_at_keys(thread, in, cursor, known);
}

/* Changes that a document came with which is gone. */
static bool look_at_the_gone(struct carillon_storage_thread *thread, enum collection in, const char *name,
                             const char *type)
{
    bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$match", "{", "type", BCON_UTF8(type), "}", "}", "{", "$lookup",
                                "{", "from", BCON_UTF8(name), "localField", BCON_UTF8("_id"), "foreignField",
                                BCON_UTF8("_id"), "as", BCON_UTF8("document"), "}", "}", "{", "$match", "{", "document",
                                "[", "]", "}", "}", "{", "$project", "{", "_id", BCON_INT32(1), "}", "}", "]");
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(thread->collections[COLLECTION_CHANGES], MONGOC_QUERY_NONE,
                                                          pipeline, NULL, NULL);
    bson_destroy(pipeline);
    return look_at_keys(thread, in, cursor, NULL);
}

bool adopt_look_at_all(struct carillon_storage_thread *thread)
{
    return look_at_documents(thread, COLLECTION_CONVERSATIONS, is_known_conversation) &&
           look_at_documents(thread, COLLECTION_MEMBERS, is_known_member) &&
           look_at_documents(thread, COLLECTION_MESSAGES, is_known_message) &&
           look_at_documents(thread, COLLECTION_REACTIONS, is_known_reaction) &&
           look_at_documents(thread, COLLECTION_USERS, adopt_is_known_user) &&
           look_at_the_gone(thread, COLLECTION_MEMBERS, "members", "member.joined") &&
           look_at_the_gone(thread, COLLECTION_MESSAGES, "messages", "message.new") &&
           look_at_the_gone(thread, COLLECTION_REACTIONS, "reactions", "reaction.added");
}
