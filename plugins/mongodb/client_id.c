#include "client_id.h"

#include "batch.h"

#include <stdlib.h>
#include <string.h>

static bool has_client_id(const struct carillon_storage_input *in)
{
    return in->client_id.len && in->user.id.len;
}

/* Of an import it is only shown with the message; what is remembered comes by CLIENT_ID_PUT. */
bool client_id_counts(const struct carillon_storage_thread *thread)
{
    return has_client_id(&thread->request->in) && thread->request->op != CARILLON_STORAGE_IMPORT;
}

bson_t *client_id_filter(struct carillon_storage_thread *thread)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_t *filter = query_scope(thread);
    doc_str(filter, "author", in->user.id);
    doc_str(filter, "client_id", in->client_id);
    return filter;
}

int64_t client_id_oldest_ms(const struct carillon_storage_thread *thread)
{
    int64_t now = thread->request->in.now_ms;
    return (now ? now : mongodb_host->now_ms()) - thread->store->client_id_ttl; /* CLIENT_ID_GET is told no time */
}

bool client_id_find(struct carillon_storage_thread *thread, struct client_id_first *first)
{
    const struct carillon_storage_input *in = &thread->request->in;
    bson_iter_t iter;
    if (!has_client_id(in))
        return false;
    batch_flush(thread);
    bson_t *doc = query_one(thread, COLLECTION_CHANGES, client_id_filter(thread), NULL);
    if (!doc)
        doc = query_one(thread, COLLECTION_CLIENT_IDS, client_id_filter(thread), NULL);
    bool found = doc && doc_get_time(doc, "at") >= client_id_oldest_ms(thread);
    if (found) {
        *first = (struct client_id_first){ .pos = doc_get_int(doc, "pos"),
                                           .at_ms = doc_get_time(doc, "at"),
                                           .type = doc_type_of(doc_peek_str(doc, "type")),
                                           .id = doc_get_str(thread, doc, "id") };
        if (bson_iter_init_find(&iter, doc, "digest") && BSON_ITER_HOLDS_BINARY(&iter)) {
            const uint8_t *digest;
            uint32_t len;
            bson_iter_binary(&iter, NULL, &len, &digest);
            first->same_body = len == CLIENT_ID_DIGEST_SIZE && memcmp(digest, in->submitted, len) == 0;
            memcpy(first->digest, digest, len < CLIENT_ID_DIGEST_SIZE ? len : CLIENT_ID_DIGEST_SIZE);
        }
    }
    bson_destroy(doc);
    return found;
}

static bson_t *without_client_id(void)
{
    return BCON_NEW("$unset", "{", "client_id", BCON_INT32(1), "digest", BCON_INT32(1), "}");
}

void client_id_forget(struct carillon_storage_thread *thread)
{
    if (!has_client_id(&thread->request->in))
        return;
    query_update(thread, COLLECTION_CHANGES, client_id_filter(thread), without_client_id());
    query_delete(thread, COLLECTION_CLIENT_IDS, client_id_filter(thread));
}

void client_id_append(struct carillon_storage_thread *thread, bson_t *change)
{
    const struct carillon_storage_input *in = &thread->request->in;
    if (!has_client_id(in))
        return;
    doc_str(change, "client_id", in->client_id);
    bson_append_binary(change, "digest", -1, BSON_SUBTYPE_BINARY, in->submitted, CLIENT_ID_DIGEST_SIZE);
}

/* ---- those that outlive their change ---- */

/* Of the first request's app: of conversations that retention has been at, those of requests that name one. */
static size_t collect_ids(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n,
                          struct carillon_str *ids, struct carillon_str *conversations)
{
    size_t count = 0;
    for (size_t i = 0; i < n && !thread->failure; i++) {
        const struct carillon_storage_request *request = requests[i];
        if (request->op != CARILLON_STORAGE_APPEND || !has_client_id(&request->in) ||
            !str_same(request->app, requests[0]->app))
            continue;
        const struct conversation *conversation = conversation_find(thread, request);
        if (!conversation || conversation->first_pos <= 1)
            continue;
        ids[count] = request->in.client_id;
        conversations[count++] = request->in.conversation;
    }
    return count;
}

static bool any_is_kept(struct carillon_storage_thread *thread, struct carillon_str app, const struct carillon_str *ids,
                        const struct carillon_str *conversations, size_t n)
{
    if (!n)
        return false;
    bson_t *filter = bson_new();
    doc_str(filter, "app", app);
    doc_in_strs(filter, "conversation", conversations, n);
    doc_in_strs(filter, "client_id", ids, n);
    return query_any(thread, COLLECTION_CLIENT_IDS, filter);
}

bool client_ids_are_kept(struct carillon_storage_thread *thread, struct carillon_storage_request **requests, size_t n)
{
    struct carillon_str *ids = calloc(n * 2, sizeof(*ids));
    bool kept = !ids; /* look at each, then */
    for (size_t i = 0; ids && !kept && i < n; i++) {
        if (i && str_same(requests[i]->app, requests[i - 1]->app))
            continue; /* went with that one, or an earlier one */
        size_t count = collect_ids(thread, requests + i, n - i, ids, ids + n);
        kept = any_is_kept(thread, requests[i]->app, ids, ids + n, count);
    }
    free(ids);
    return kept;
}

static bson_t *below(struct carillon_storage_thread *thread, int64_t cut)
{
    bson_t *filter = query_scope(thread);
    doc_compare(filter, "pos", "$lt", cut);
    return filter;
}

/* Of changes that are still there: from before the schema's version 2. */
static bson_t *left_over(struct carillon_storage_thread *thread, int64_t cut)
{
    const struct conversation *conversation = conversation_find(thread, thread->request);
    bson_t *filter = query_scope(thread), range;
    bson_append_document_begin(filter, "pos", -1, &range);
    doc_int(&range, "$gte", conversation ? conversation->first_pos : 0);
    doc_int(&range, "$lt", cut);
    bson_append_document_end(filter, &range);
    return filter;
}

static bson_t *kept_from(struct carillon_storage_thread *thread, const bson_t *change)
{
    static const char *const fields[] = { "author", "client_id", "digest", "pos", "id", "type", "at" };
    bson_iter_t iter;
    bson_t *doc = query_scope(thread);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        if (bson_iter_init_find(&iter, change, fields[i]))
            bson_append_iter(doc, NULL, -1, &iter);
    }
    return doc;
}

void client_ids_keep(struct carillon_storage_thread *thread, int64_t cut)
{
    struct batch_docs kept = { 0 };
    query_delete(thread, COLLECTION_CLIENT_IDS, left_over(thread, cut));
    bson_t *filter = below(thread, cut), young;
    doc_exists(filter, "client_id", true);
    bson_append_document_begin(filter, "at", -1, &young);
    bson_append_date_time(&young, "$gte", -1, client_id_oldest_ms(thread));
    bson_append_document_end(filter, &young);
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_CHANGES, filter, NULL);
    for (const bson_t *change; (change = query_next(thread, &cursor));)
        batch_docs_add(thread, &kept, kept_from(thread, change));
    query_insert_many(thread, COLLECTION_CLIENT_IDS, kept.docs, kept.count);
    batch_docs_free(&kept);
}

void client_ids_forget_user(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "author", thread->request->in.user.id);
    doc_exists(filter, "client_id", true);
    bson_t *again = bson_copy(filter);
    query_update_all(thread, COLLECTION_CHANGES, filter, without_client_id());
    query_delete(thread, COLLECTION_CLIENT_IDS, again);
}
