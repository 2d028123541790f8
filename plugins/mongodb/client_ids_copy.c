/* Client ids as another storage takes and gives them: all that are remembered, also of events and of what is gone. */
#include "batch.h"
#include "client_id.h"
#include "operations.h"

#include <string.h>

static bool input_valid(const struct carillon_storage_input *in)
{
    bool known = in->type == CARILLON_EVENT_MESSAGE_NEW ? in->id.len > 0 : in->type == CARILLON_EVENT_EVENT;
    return known && in->user.id.len && in->client_id.len && in->pos;
}

/* Is one of the same id there that came later? */
static bool is_outdated(struct carillon_storage_thread *thread, enum collection in)
{
    bson_t *filter = client_id_filter(thread);
    doc_compare(filter, "pos", "$gt", (int64_t)thread->request->in.pos);
    return query_any(thread, in, filter);
}

/* With the change that the publish led to; how many there are of it. */
static int64_t put_into_change(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_scope(thread), *fields = bson_new(), *update = bson_new();
    doc_int(filter, "pos", (int64_t)thread->request->in.pos);
    doc_str(fields, "author", thread->request->in.user.id);
    client_id_append(thread, fields);
    doc_operator(update, "$set", fields);
    return query_update(thread, COLLECTION_CHANGES, filter, update);
}

/* As retention keeps them. */
static void put_alone(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *doc = query_scope(thread);
    doc_str(doc, "author", in->user.id);
    client_id_append(thread, doc);
    doc_int(doc, "pos", (int64_t)in->pos);
    if (in->type == CARILLON_EVENT_MESSAGE_NEW)
        doc_str(doc, "id", in->id);
    doc_str(doc, "type", doc_type_word(in->type));
    doc_time(doc, "at", in->now_ms);
    query_insert(thread, COLLECTION_CLIENT_IDS, doc);
}

enum carillon_result put_client_id(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    if (!in->conversation.len || !input_valid(in))
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    if (in->pos > (uint64_t)conversation->last_pos)
        return CARILLON_INVALID;
    batch_flush(thread);
    /* Without retention all are in changes, whose unique index tells when one is there already. */
    if (thread->batch->careful || conversation->first_pos > 1) {
        if (is_outdated(thread, COLLECTION_CHANGES) || is_outdated(thread, COLLECTION_CLIENT_IDS))
            return CARILLON_OK;
        client_id_forget(thread);
    }
    if (in->pos >= (uint64_t)conversation->first_pos)
        return put_into_change(thread) || thread->failure ? CARILLON_OK : CARILLON_INTERNAL;
    put_alone(thread);
    return CARILLON_OK;
}

static void read_item(struct carillon_storage_thread *thread, const bson_t *doc, struct carillon_client_id *item)
{
    bson_iter_t iter;
    *item = (struct carillon_client_id){ .conversation = doc_get_str(thread, doc, "conversation"),
                                         .user = doc_get_str(thread, doc, "author"),
                                         .client_id = doc_get_str(thread, doc, "client_id"),
                                         .type = doc_type_of(doc_peek_str(doc, "type")),
                                         .pos = (uint64_t)doc_get_int(doc, "pos"),
                                         .at_ms = doc_get_time(doc, "at") };
    if (item->type == CARILLON_EVENT_MESSAGE_NEW)
        item->id = doc_get_str(thread, doc, "id");
    if (bson_iter_init_find(&iter, doc, "digest") && BSON_ITER_HOLDS_BINARY(&iter)) {
        const uint8_t *digest;
        uint32_t len;
        bson_iter_binary(&iter, NULL, &len, &digest);
        if (len == CLIENT_ID_DIGEST_SIZE)
            memcpy(item->submitted, digest, len);
    }
}

/* In the order of their _id, which a daemon or this storage has made: an ObjectId. */
static bson_t *remembered_after(struct carillon_storage_thread *thread, const bson_oid_t *above)
{
    bson_t *filter = query_app(thread), bound;
    doc_exists(filter, "client_id", true);
    bson_append_document_begin(filter, "at", -1, &bound);
    bson_append_date_time(&bound, "$gte", -1, client_id_oldest_ms(thread));
    bson_append_document_end(filter, &bound);
    bson_append_document_begin(filter, "_id", -1, &bound);
    bson_append_oid(&bound, "$gt", -1, above);
    bson_append_document_end(filter, &bound);
    return filter;
}

/* Adds those above; false: the page is full, and *above is the last that is on it. */
static bool add_from(struct carillon_storage_thread *thread, enum collection in, bson_oid_t *above)
{
    struct carillon_storage_output *out = &thread->request->out;
    size_t room = thread->request->in.limit;
    bson_iter_t iter;
    mongoc_cursor_t *cursor = query_find(thread, in, remembered_after(thread, above),
                                         doc_sorted("_id", 1, (int64_t)(room - out->count) + 1));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        if (out->count == room) {
            query_end(cursor);
            return false;
        }
        read_item(thread, doc, &out->client_ids[out->count++]);
        if (bson_iter_init_find(&iter, doc, "_id") && BSON_ITER_HOLDS_OID(&iter))
            bson_oid_copy(bson_iter_oid(&iter), above);
    }
    return true;
}

/* A cursor is the letter of one of these and the last _id. */
static const struct {
    char letter;
    enum collection in;
} places[] = { { 'c', COLLECTION_CHANGES }, { 'k', COLLECTION_CLIENT_IDS } };
enum { PLACES = sizeof(places) / sizeof(*places) };

static bool read_cursor(struct carillon_str cursor, size_t *place, bson_oid_t *above)
{
    bool begun = false;
    *place = 0;
    memset(above, 0, sizeof(*above));
    if (!cursor.ptr)
        return true;
    if (!cursor.len)
        return false;
    while (*place < PLACES && places[*place].letter != *cursor.ptr)
        ++*place;
    return *place < PLACES && query_cursor_oid((struct carillon_str){ cursor.ptr + 1, cursor.len - 1 }, above, &begun);
}

enum carillon_result list_client_ids(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    const struct carillon_storage_input *in = &request->in;
    struct carillon_storage_output *out = &request->out;
    bson_oid_t above;
    size_t place;
    if (!query_limit_ok(in->limit) || !read_cursor(in->cursor, &place, &above))
        return CARILLON_INVALID;
    out->since_ms = client_id_oldest_ms(thread);
    out->client_ids = doc_alloc(thread, in->limit * sizeof(*out->client_ids));
    for (; out->client_ids && place < PLACES && !thread->failure; place++) {
        if (!add_from(thread, places[place].in, &above)) {
            char text[25];
            bson_oid_to_string(&above, text);
            out->more = true;
            out->cursor = doc_format(thread, "%c%s", places[place].letter, text);
            break;
        }
        memset(&above, 0, sizeof(above));
    }
    return CARILLON_OK;
}
