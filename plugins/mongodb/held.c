#include "message.h"
#include "operations.h"

enum { DIGEST_SIZE = sizeof(((struct carillon_held *)0)->submitted) };

/* ---- filters ---- */

static bson_t *compare_expiry(bson_t *filter, const char *comparison, int64_t now_ms)
{
    bson_t bound;
    bson_append_document_begin(filter, "expires", -1, &bound);
    bson_append_date_time(&bound, comparison, -1, now_ms);
    bson_append_document_end(filter, &bound);
    return filter;
}

static bson_t *named(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_scope(thread);
    doc_str(filter, "id", thread->request->in.id.ptr ? thread->request->in.id : CARILLON_STR(""));
    return filter;
}

static bson_t *with_client_id(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_scope(thread);
    doc_str(filter, "author.id", thread->request->in.user.id);
    doc_str(filter, "client_id", thread->request->in.client_id);
    return filter;
}

/* ---- documents ---- */

static void read_document(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_held *held)
{
    bson_iter_t iter;
    *held = (struct carillon_held){ .id = doc_get_str(thread, doc, "id"),
                                    .conversation = doc_get_str(thread, doc, "conversation"),
                                    .author = doc_get_user(thread, doc, "author"),
                                    .type = doc_type_of(doc_peek_str(doc, "type")),
                                    .client_id = doc_get_str(thread, doc, "client_id"),
                                    .name = doc_get_str(thread, doc, "name"),
                                    .text = doc_get_str(thread, doc, "body"),
                                    .data = doc_get_str(thread, doc, "data"),
                                    .reply_to = doc_get_str(thread, doc, "reply_to"),
                                    .queue = doc_get_str(thread, doc, "queue"),
                                    .reason = doc_get_str(thread, doc, "reason"),
                                    .created_ms = doc_get_time(doc, "created"),
                                    .expires_ms = doc_get_time(doc, "expires") };
    held->mention_count = message_read_mentions(thread, doc, &held->mentions);
    if (bson_iter_init_find(&iter, doc, "digest") && BSON_ITER_HOLDS_BINARY(&iter)) {
        const uint8_t *digest;
        uint32_t len;
        bson_iter_binary(&iter, NULL, &len, &digest);
        if (len == DIGEST_SIZE)
            memcpy(held->submitted, digest, DIGEST_SIZE);
    }
}

/* The one that the filter finds as the answer; NULL: none, or it has expired. */
static struct carillon_held *answer_one(struct carillon_storage_thread *thread, bson_t *filter, int64_t now_ms)
{
    struct carillon_storage_output *out = &thread->request->out;
    bson_t *doc = query_one(thread, COLLECTION_HELD, compare_expiry(filter, "$gt", now_ms), NULL);
    out->held = doc ? doc_alloc(thread, sizeof(*out->held)) : NULL;
    out->count = out->held ? 1 : 0;
    if (out->held)
        read_document(thread, doc, out->held);
    bson_destroy(doc);
    return out->held;
}

static void add_held(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *doc = named(thread);
    doc_str(doc, "queue", in->queue);
    doc_user(doc, "author", in->user);
    doc_str(doc, "type", doc_type_word(in->type));
    if (in->client_id.len)
        doc_str(doc, "client_id", in->client_id);
    bson_append_binary(doc, "digest", -1, BSON_SUBTYPE_BINARY, in->submitted, DIGEST_SIZE);
    doc_str(doc, "name", in->name);
    doc_str(doc, "body", in->text);
    doc_str(doc, "data", in->data);
    doc_str(doc, "reply_to", in->reply_to);
    doc_str(doc, "reason", in->reason);
    if (in->mention_count)
        doc_strs(doc, "mentions", in->mentions, in->mention_count);
    doc_time(doc, "created", in->now_ms);
    bson_append_date_time(doc, "expires", -1, in->expires_ms);
    query_insert(thread, COLLECTION_HELD, doc);
}

/* ---- the operations ---- */

static bool input_valid(const struct carillon_storage_input *in)
{
    bool event = in->type == CARILLON_EVENT_EVENT && in->name.len;
    bool message = in->type == CARILLON_EVENT_MESSAGE_NEW && in->text.ptr;
    return (event || message) && in->id.len && in->user.id.len && in->queue.len && in->conversation.len;
}

static bool is_full(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *filter = query_scope(thread);
    doc_str(filter, "queue", in->queue);
    return !in->limit || query_count(thread, COLLECTION_HELD, filter, in->limit) >= in->limit;
}

/* A document of its own that everybody writes who adds to the queue: of two daemons that count it at once, one does so again. */
static void take_turn(struct carillon_storage_thread *thread)
{
    bson_t *filter = bson_new(), *update = bson_new(), *fields = bson_new(), id;
    bson_append_document_begin(filter, "_id", -1, &id);
    doc_str(&id, "app", thread->request->app);
    doc_str(&id, "conversation", thread->request->in.conversation);
    doc_str(&id, "queue", thread->request->in.queue);
    bson_append_document_end(filter, &id);
    doc_int(fields, "held", 1);
    doc_operator(update, "$inc", fields);
    query_upsert(thread, COLLECTION_STATE, filter, update);
}

/* What has expired elsewhere is left to the TTL index: a transaction over other conversations would only collide. */
enum carillon_result put_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!input_valid(in))
        return CARILLON_INVALID;
    query_delete(thread, COLLECTION_HELD, compare_expiry(query_scope(thread), "$lte", in->now_ms));
    struct carillon_held *first = in->client_id.len ? answer_one(thread, with_client_id(thread), in->now_ms) : NULL;
    if (first)
        return memcmp(first->submitted, in->submitted, DIGEST_SIZE) == 0 ? CARILLON_DUPLICATE : CARILLON_CONFLICT;
    take_turn(thread);
    if (is_full(thread))
        return CARILLON_LIMIT;
    if (query_any(thread, COLLECTION_HELD, named(thread)))
        return CARILLON_INVALID;
    add_held(thread);
    answer_one(thread, named(thread), in->now_ms);
    return CARILLON_OK;
}

enum carillon_result remove_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!answer_one(thread, named(thread), request->in.now_ms))
        return CARILLON_NOT_FOUND;
    query_delete(thread, COLLECTION_HELD, named(thread));
    return CARILLON_OK;
}

enum carillon_result get_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    (void)request;
    return answer_one(thread, named(thread), mongodb_host->now_ms()) ? CARILLON_OK : CARILLON_NOT_FOUND;
}

/* An ObjectId begins with the time it was made at. */
enum carillon_result list_held(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t above;
    bool begun;
    if (!query_limit_ok(in->limit) || !query_cursor_oid(in->cursor, &above, &begun))
        return CARILLON_INVALID;
    bson_t *filter = in->conversation.ptr ? query_scope(thread) : query_app(thread), bound;
    compare_expiry(filter, "$gt", mongodb_host->now_ms());
    doc_str(filter, "queue", in->queue);
    if (begun) {
        bson_append_document_begin(filter, "_id", -1, &bound);
        bson_append_oid(&bound, "$gt", -1, &above);
        bson_append_document_end(filter, &bound);
    }
    out->held = doc_alloc(thread, in->limit * sizeof(*out->held));
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_HELD, filter, doc_sorted("_id", 1, in->limit + 1));
    for (const bson_t *doc; out->held && (doc = query_next(thread, &cursor));) {
        bson_iter_t iter;
        if (out->count == in->limit) {
            out->more = true;
            out->cursor = query_oid_cursor(thread, &above);
            break;
        }
        read_document(thread, doc, &out->held[out->count++]);
        if (bson_iter_init_find(&iter, doc, "_id") && BSON_ITER_HOLDS_OID(&iter))
            bson_oid_copy(bson_iter_oid(&iter), &above);
    }
    query_end(cursor);
    return CARILLON_OK;
}
