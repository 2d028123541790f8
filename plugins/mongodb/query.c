#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DUPLICATE_KEY = 11000,
    OUT_OF_DISK = 14031,
    BSON_TOO_LARGE = 10334,
    OBJECT_TOO_LARGE = 17419,
    TOO_LARGE = 17420
};

/* ---- failures ---- */

static enum failure failure_of(const bson_error_t *error, const bson_t *reply)
{
    if (reply && mongoc_error_has_label(reply, "TransientTransactionError"))
        return FAILURE_TRANSIENT;
    if (error->domain == MONGOC_ERROR_STREAM || error->domain == MONGOC_ERROR_SERVER_SELECTION ||
        error->domain == MONGOC_ERROR_CLIENT)
        return FAILURE_UNAVAILABLE;
    if (error->domain == MONGOC_ERROR_BSON)
        return FAILURE_TOO_LARGE;
    switch (error->code) {
    case DUPLICATE_KEY:
        return FAILURE_DUPLICATE;
    case BSON_TOO_LARGE:
    case OBJECT_TOO_LARGE:
    case TOO_LARGE:
        return FAILURE_TOO_LARGE;
    default:
        /* What the server cannot do now: not a fault of the request, which was made here. */
        return FAILURE_UNAVAILABLE;
    }
}

void query_fail(struct carillon_storage_thread *thread, const bson_error_t *error, const bson_t *reply)
{
    if (thread->failure)
        return;
    thread->failure = failure_of(error, reply);
    snprintf(thread->detail, sizeof(thread->detail), "%.200s (%u)", error->message, error->code);
}

void query_clear(struct carillon_storage_thread *thread)
{
    thread->failure = FAILURE_NONE;
    thread->detail[0] = '\0';
}

enum carillon_result query_result(enum failure failure)
{
    switch (failure) {
    case FAILURE_NONE:
        return CARILLON_OK;
    case FAILURE_NO_MEMORY:
        return CARILLON_NO_MEMORY;
    case FAILURE_TOO_LARGE:
        return CARILLON_TOO_LARGE;
    case FAILURE_TRANSIENT:
    case FAILURE_UNAVAILABLE:
        return CARILLON_UNAVAILABLE;
    case FAILURE_DUPLICATE:
    case FAILURE_INTERNAL:
        break;
    }
    return CARILLON_INTERNAL;
}

/* ---- filters and options ---- */

bson_t *query_app(struct carillon_storage_thread *thread)
{
    bson_t *filter = bson_new();
    doc_str(filter, "app", thread->request->app);
    return filter;
}

bson_t *query_scope(struct carillon_storage_thread *thread)
{
    bson_t *filter = query_app(thread);
    doc_str(filter, "conversation",
            thread->request->in.conversation.ptr ? thread->request->in.conversation : CARILLON_STR(""));
    return filter;
}

void query_session_opts(struct carillon_storage_thread *thread, bson_t *opts)
{
    bson_error_t error;
    if (thread->session && !mongoc_client_session_append(thread->session, opts, &error))
        query_fail(thread, &error, NULL);
    if (!thread->batch)
        doc_int(opts, "maxTimeMS", thread->store->read_time_max);
}

/* ---- reading ---- */

mongoc_cursor_t *query_find(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *opts)
{
    mongoc_cursor_t *cursor = NULL;
    bson_t *all = opts ? opts : bson_new();
    if (!thread->failure)
        query_session_opts(thread, all);
    if (!thread->failure)
        cursor = mongoc_collection_find_with_opts(thread->collections[in], filter, all, NULL);
    bson_destroy(filter);
    bson_destroy(all);
    return cursor;
}

mongoc_cursor_t *query_aggregate(struct carillon_storage_thread *thread, enum collection in, bson_t *pipeline)
{
    mongoc_cursor_t *cursor = NULL;
    bson_t opts = BSON_INITIALIZER;
    if (!thread->failure)
        query_session_opts(thread, &opts);
    if (!thread->failure)
        cursor = mongoc_collection_aggregate(thread->collections[in], MONGOC_QUERY_NONE, pipeline, &opts, NULL);
    bson_destroy(pipeline);
    bson_destroy(&opts);
    return cursor;
}

const bson_t *query_next(struct carillon_storage_thread *thread, mongoc_cursor_t **cursor)
{
    const bson_t *doc = NULL, *reply = NULL;
    bson_error_t error;
    if (!*cursor)
        return NULL;
    if (!thread->failure && mongoc_cursor_next(*cursor, &doc))
        return doc;
    if (mongoc_cursor_error_document(*cursor, &error, &reply))
        query_fail(thread, &error, reply);
    mongoc_cursor_destroy(*cursor);
    *cursor = NULL;
    return NULL;
}

void query_end(mongoc_cursor_t *cursor)
{
    if (cursor)
        mongoc_cursor_destroy(cursor);
}

bson_t *query_one(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *opts)
{
    bson_t *all = opts ? opts : bson_new();
    if (!doc_has(all, "limit"))
        doc_int(all, "limit", 1);
    bson_append_bool(all, "singleBatch", -1, true);
    mongoc_cursor_t *cursor = query_find(thread, in, filter, all);
    const bson_t *doc = query_next(thread, &cursor);
    bson_t *copy = doc ? bson_copy(doc) : NULL;
    query_end(cursor);
    return copy;
}

bool query_any(struct carillon_storage_thread *thread, enum collection in, bson_t *filter)
{
    bson_t *opts = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}");
    bson_t *found = query_one(thread, in, filter, opts);
    if (!found)
        return false;
    bson_destroy(found);
    return true;
}

int64_t query_count(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, int64_t at_most)
{
    bson_t *pipeline = BCON_NEW("pipeline", "[", "{", "$match", BCON_DOCUMENT(filter), "}", "{", "$limit",
                                BCON_INT64(at_most), "}", "{", "$count", BCON_UTF8("n"), "}", "]");
    bson_destroy(filter);
    mongoc_cursor_t *cursor = query_aggregate(thread, in, pipeline);
    const bson_t *doc = query_next(thread, &cursor);
    int64_t n = doc ? doc_get_int(doc, "n") : 0;
    query_end(cursor);
    return n;
}

/* ---- writing ---- */

void query_insert_many(struct carillon_storage_thread *thread, enum collection in, bson_t **docs, size_t n)
{
    bson_t opts = BSON_INITIALIZER, reply = BSON_INITIALIZER;
    bson_error_t error;
    if (thread->failure || !n)
        return;
    query_session_opts(thread, &opts);
    /* Our own documents are well-formed; what is checked takes time. */
    bson_append_int32(&opts, "validate", -1, BSON_VALIDATE_NONE);
    bson_destroy(&reply);
    if (!thread->failure &&
        !mongoc_collection_insert_many(thread->collections[in], (const bson_t **)docs, n, &opts, &reply, &error))
        query_fail(thread, &error, &reply);
    bson_destroy(&reply);
    bson_destroy(&opts);
}

void query_insert(struct carillon_storage_thread *thread, enum collection in, bson_t *doc)
{
    query_insert_many(thread, in, &doc, 1);
    bson_destroy(doc);
}

typedef bool update_fn(mongoc_collection_t *collection, const bson_t *filter, const bson_t *update, const bson_t *opts,
                       bson_t *reply, bson_error_t *error);

static int64_t update(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *change,
                      update_fn *run, bool upsert)
{
    bson_t opts = BSON_INITIALIZER, reply;
    bson_error_t error;
    int64_t matched = 0;
    if (!thread->failure)
        query_session_opts(thread, &opts);
    if (upsert)
        bson_append_bool(&opts, "upsert", -1, true);
    if (!thread->failure) {
        if (run(thread->collections[in], filter, change, &opts, &reply, &error))
            matched = doc_get_int(&reply, "matchedCount");
        else
            query_fail(thread, &error, &reply);
        bson_destroy(&reply);
    }
    bson_destroy(&opts);
    bson_destroy(filter);
    bson_destroy(change);
    return matched;
}

int64_t query_update(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *change)
{
    return update(thread, in, filter, change, mongoc_collection_update_one, false);
}

void query_update_all(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *change)
{
    update(thread, in, filter, change, mongoc_collection_update_many, false);
}

void query_upsert(struct carillon_storage_thread *thread, enum collection in, bson_t *filter, bson_t *change)
{
    update(thread, in, filter, change, mongoc_collection_update_one, true);
}

void query_delete(struct carillon_storage_thread *thread, enum collection in, bson_t *filter)
{
    bson_t opts = BSON_INITIALIZER, reply;
    bson_error_t error;
    if (!thread->failure)
        query_session_opts(thread, &opts);
    if (!thread->failure) {
        if (!mongoc_collection_delete_many(thread->collections[in], filter, &opts, &reply, &error))
            query_fail(thread, &error, &reply);
        bson_destroy(&reply);
    }
    bson_destroy(&opts);
    bson_destroy(filter);
}

/* ---- lists ---- */

bool query_limit_ok(uint32_t limit)
{
    return limit >= 1 && limit <= 1000;
}

bool query_cursor_number(struct carillon_str cursor, int64_t *number)
{
    if (!cursor.ptr)
        return true;
    if (!cursor.len || strspn(cursor.ptr, "0123456789") < cursor.len)
        return false;
    errno = 0;
    long long value = strtoll(cursor.ptr, NULL, 10);
    if (errno)
        return false;
    *number = value;
    return true;
}

bool query_cursor_oid(struct carillon_str cursor, bson_oid_t *oid, bool *set)
{
    *set = cursor.ptr != NULL;
    if (!cursor.ptr)
        return true;
    if (!bson_oid_is_valid(cursor.ptr, cursor.len))
        return false;
    bson_oid_init_from_string(oid, cursor.ptr);
    return true;
}

struct carillon_str query_oid_cursor(struct carillon_storage_thread *thread, const bson_oid_t *oid)
{
    char text[25];
    bson_oid_to_string(oid, text);
    return doc_copy(thread, (struct carillon_str){ text, 24 });
}
