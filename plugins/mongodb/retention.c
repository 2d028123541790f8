#include "batch.h"
#include "client_id.h"
#include "message.h"
#include "operations.h"

/* A request looks at so many changes for each message that it may drop: conversations may be full of other changes. */
enum { CHANGES_A_MESSAGE = 8 };

/* The first change in [cut, horizon) that is young enough, else the horizon. */
static int64_t cut_by_age(struct carillon_storage_thread *thread, int64_t cut, int64_t horizon)
{
    bson_t *filter = query_scope(thread), range;
    bson_append_document_begin(filter, "pos", -1, &range);
    doc_int(&range, "$gte", cut);
    doc_int(&range, "$lt", horizon);
    bson_append_document_end(filter, &range);
    bson_append_document_begin(filter, "at", -1, &range);
    bson_append_date_time(&range, "$gte", -1, thread->request->in.before_ms);
    bson_append_document_end(filter, &range);
    bson_t *doc = query_one(thread, COLLECTION_CHANGES, filter, doc_sorted("pos", 1, 1));
    int64_t pos = doc ? doc_get_int(doc, "pos") : horizon;
    bson_destroy(doc);
    return pos;
}

/* The oldest message to keep; 0: all. */
static int64_t cut_by_count(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_scope(thread), *opts = doc_sorted("pos", -1, 1);
    doc_exists(filter, "pos", true);
    doc_int(opts, "skip", (int64_t)thread->request->in.keep - 1);
    bson_t *doc = query_one(thread, COLLECTION_MESSAGES, filter, opts);
    int64_t pos = doc ? doc_get_int(doc, "pos") : 0;
    bson_destroy(doc);
    return pos;
}

/* First pos to keep by both bounds, not yet bounded by the request's limit. */
static int64_t find_cut(struct carillon_storage_thread *thread, const struct conversation *conversation,
                        int64_t horizon)
{
    const struct carillon_storage_input *in = &thread->request->in;
    int64_t cut = conversation->first_pos;
    if (in->before_ms)
        cut = cut_by_age(thread, cut, horizon);
    if (in->keep && in->keep <= INT64_MAX) {
        int64_t oldest = cut_by_count(thread);
        if (oldest > cut)
            cut = oldest < horizon ? oldest : horizon;
    }
    return cut;
}

static bson_t *below(struct carillon_storage_thread *thread, const char *key, int64_t cut)
{
    bson_t *filter = query_scope(thread);
    doc_compare(filter, key, "$lt", cut);
    return filter;
}

/* Counts the messages below the cut; returns where it really ends: before the first message that is one too many. */
static int64_t bound_cut(struct carillon_storage_thread *thread, int64_t cut)
{
    struct carillon_storage_request *request = thread->request;
    uint32_t limit = request->in.limit, n = 0;
    mongoc_cursor_t *cursor = query_find(thread, COLLECTION_MESSAGES, below(thread, "pos", cut),
                                         doc_sorted("pos", 1, limit + 1));
    for (const bson_t *doc; (doc = query_next(thread, &cursor));) {
        if (n == limit) {
            cut = doc_get_int(doc, "pos");
            request->out.more = true;
            query_end(cursor);
            break;
        }
        n++;
    }
    request->out.count = n;
    return cut;
}

enum carillon_result apply_retention(struct carillon_storage_thread *thread, struct carillon_storage_request *request)
{
    if (!query_limit_ok(request->in.limit))
        return CARILLON_INVALID;
    struct conversation *conversation = conversation_find(thread, request);
    if (!conversation)
        return CARILLON_NOT_FOUND;
    batch_flush(thread);
    int64_t end = conversation->last_pos + 1;
    int64_t horizon = conversation->first_pos + (int64_t)request->in.limit * CHANGES_A_MESSAGE;
    int64_t cut = find_cut(thread, conversation, horizon < end ? horizon : end);
    request->out.more = cut == horizon && horizon < end;
    cut = bound_cut(thread, cut);
    if (cut <= conversation->first_pos)
        return CARILLON_OK;
    client_ids_keep(thread, cut);
    query_delete(thread, COLLECTION_REACTIONS, below(thread, "message", cut));
    query_delete(thread, COLLECTION_MESSAGES, below(thread, "pos", cut));
    query_delete(thread, COLLECTION_CHANGES, below(thread, "pos", cut));
    conversation->first_pos = cut;
    if (conversation->last_message < cut)
        conversation->last_message = 0; /* only older ones are left, and they go too */
    conversation->dirty = true;
    return CARILLON_OK;
}
