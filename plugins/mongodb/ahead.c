#include "ahead.h"

#include "adopt.h"
#include "doc.h"
#include "placed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    AWAIT_MS = 500, /* how long a stop may take; entries come at once */
    AGAIN_MS = 500,
    NAMESPACE_MAX = 256
};

struct ahead {
    struct carillon_storage *store;
    struct carillon_storage_thread *thread;
    mongoc_collection_t *oplog;
    pthread_t id;
    atomic_bool stop;
    atomic_uint_least64_t stream_at; /* up to here the change stream has handled all */
    uint64_t left_at;                /* the newest entry that is left to it */
    struct placed placed;
};

/* ---- where the stream is: times of the oplog as one number ---- */

static uint64_t time_of(uint32_t seconds, uint32_t increment)
{
    return (uint64_t)seconds << 32 | increment;
}

/* A token's text begins with its time, which makes it grow: 82, then seconds and increment, eight digits each. 0: it does not. */
static uint64_t time_of_token(const bson_t *token)
{
    enum { PREFIX = 2, DIGITS = 16 };
    char digits[DIGITS + 1] = "";
    struct carillon_str text = doc_peek_str(token, "_data");
    if (text.len < PREFIX + DIGITS || memcmp(text.ptr, "82", PREFIX) != 0)
        return 0;
    memcpy(digits, text.ptr + PREFIX, DIGITS);
    return strtoull(digits, NULL, 16);
}

void ahead_follow(struct ahead *ahead, const bson_t *token, bool within)
{
    if (!ahead || !token)
        return;
    uint64_t at = time_of_token(token);
    at -= at && within;
    if (at > atomic_load(&ahead->stream_at))
        atomic_store(&ahead->stream_at, at);
}

bool ahead_has_placed(struct ahead *ahead, const bson_value_t *key)
{
    return ahead && placed_pass(&ahead->placed, key);
}

/* ---- the oplog ---- */

static uint64_t time_of_entry(const bson_t *entry)
{
    bson_iter_t iter;
    uint32_t seconds = 0, increment = 0;
    if (bson_iter_init_find(&iter, entry, "ts") && BSON_ITER_HOLDS_TIMESTAMP(&iter))
        bson_iter_timestamp(&iter, &seconds, &increment);
    return time_of(seconds, increment);
}

/* 0: it cannot be read now. */
static uint64_t newest_time(struct ahead *ahead, bson_error_t *error)
{
    const bson_t *entry;
    bson_t all = BSON_INITIALIZER;
    bson_t *opts = BCON_NEW("sort", "{", "$natural", BCON_INT32(-1), "}", "limit", BCON_INT64(1), "projection", "{",
                            "ts", BCON_INT32(1), "}");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(ahead->oplog, &all, opts, NULL);
    uint64_t at = mongoc_cursor_next(cursor, &entry) ? time_of_entry(entry) : 0;
    mongoc_cursor_error(cursor, error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(opts);
    return at;
}

/*
 * What others than daemons write into the collections that the change stream tells of. Daemons write in transactions, which
 * are one entry; of those only what inserts a message without a place is of interest here.
 */
static bson_t *filter_after(const struct ahead *ahead, uint64_t at)
{
    static const char *const names[] = { "messages", "conversations", "members", "reactions", "users" };
    char ns[NAMESPACE_MAX];
    bson_t list = BSON_INITIALIZER;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *key;
        char buffer[16];
        bson_uint32_to_string((uint32_t)i, &key, buffer, sizeof(buffer));
        snprintf(ns, sizeof(ns), "%s.%s", ahead->store->database, names[i]);
        bson_append_utf8(&list, key, -1, ns, -1);
    }
    snprintf(ns, sizeof(ns), "%s.messages", ahead->store->database);
    bson_t *filter = BCON_NEW("ts", "{", "$gte", BCON_TIMESTAMP((uint32_t)(at >> 32), (uint32_t)at), "}", "$or", "[",
                              "{", "op", "{", "$in", "[", "i", "u", "d", "]", "}", "ns", "{", "$in", BCON_ARRAY(&list),
                              "}", "}", "{", "op", "c", "o.applyOps", "{", "$elemMatch", "{", "op", "i", "ns",
                              BCON_UTF8(ns), "o.pos", "{", "$exists", BCON_BOOL(false), "}", "}", "}", "}", "]");
    bson_destroy(&list);
    return filter;
}

static mongoc_cursor_t *open_cursor(struct ahead *ahead, uint64_t at)
{
    bson_t *filter = filter_after(ahead, at);
    bson_t *opts = BCON_NEW("tailable", BCON_BOOL(true), "awaitData", BCON_BOOL(true), "maxAwaitTimeMS",
                            BCON_INT64(AWAIT_MS));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(ahead->oplog, filter, opts, NULL);
    bson_destroy(opts);
    bson_destroy(filter);
    return cursor;
}

/* An insert into messages, of one that has no place; document lives as long as the entry. */
static bool find_message(const struct ahead *ahead, const bson_t *entry, bson_t *document)
{
    char ns[NAMESPACE_MAX];
    const uint8_t *data;
    uint32_t len;
    bson_iter_t iter;
    int size = snprintf(ns, sizeof(ns), "%s.messages", ahead->store->database);
    if (!str_same(doc_peek_str(entry, "op"), CARILLON_STR("i")) ||
        !str_same(doc_peek_str(entry, "ns"), (struct carillon_str){ ns, (size_t)size }) ||
        !bson_iter_init_find(&iter, entry, "o") || !BSON_ITER_HOLDS_DOCUMENT(&iter))
        return false;
    bson_iter_document(&iter, &len, &data);
    return bson_init_static(document, data, len) && !doc_has(document, "pos");
}

/* False: it is left to the stream. */
static bool place(struct ahead *ahead, const bson_t *entry)
{
    bson_t document;
    bson_iter_t iter;
    if (!find_message(ahead, entry, &document) || !bson_iter_init_find(&iter, &document, "_id"))
        return false;
    const bson_value_t *key = bson_iter_value(&iter);
    if (!placed_begin(&ahead->placed, key))
        return false;
    bool done = adopt_ahead(ahead->thread, key, &document);
    placed_end(&ahead->placed, key, done);
    return done;
}

static void take(struct ahead *ahead, const bson_t *entry)
{
    uint64_t at = time_of_entry(entry), stream_at = atomic_load(&ahead->stream_at);
    if (at > stream_at && (ahead->left_at > stream_at || !place(ahead, entry)))
        ahead->left_at = at;
}

/* Until it breaks, or the store is closed. */
static void read_oplog(struct ahead *ahead, mongoc_cursor_t *cursor, bson_error_t *error)
{
    const bson_t *entry;
    while (!atomic_load(&ahead->stop)) {
        if (mongoc_cursor_next(cursor, &entry))
            take(ahead, entry);
        else if (mongoc_cursor_error(cursor, error) || !mongoc_cursor_more(cursor))
            return;
    }
}

/* It is not allowed, or there is no oplog here; a server that does not answer is asked again. */
static bool is_final(const bson_error_t *error)
{
    enum { UNAUTHORIZED = 13, INVALID_NAMESPACE = 73, COMMAND_NOT_SUPPORTED = 115 };
    return error->domain == MONGOC_ERROR_SERVER &&
           (error->code == UNAUTHORIZED || error->code == INVALID_NAMESPACE || error->code == COMMAND_NOT_SUPPORTED);
}

static void *look(void *arg)
{
    struct ahead *ahead = arg;
    const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
    pthread_setname_np(pthread_self(), "look-ahead");
    while (!atomic_load(&ahead->stop)) {
        bson_error_t error = { 0 };
        uint64_t at = newest_time(ahead, &error);
        if (is_final(&error)) {
            store_log(NOTICE,
                      "%s: the oplog may not be read (%s): what other programs write is shown some milliseconds later",
                      ahead->store->shown, error.message);
            return NULL;
        }
        if (at) {
            ahead->left_at = at; /* what was written before is the stream's */
            mongoc_cursor_t *cursor = open_cursor(ahead, at);
            read_oplog(ahead, cursor, &error);
            mongoc_cursor_destroy(cursor);
        }
        if (!atomic_load(&ahead->stop))
            nanosleep(&pause, NULL);
    }
    return NULL;
}

/* ---- start and stop ---- */

static void destroy(struct ahead *ahead)
{
    if (ahead->oplog)
        mongoc_collection_destroy(ahead->oplog);
    placed_close(&ahead->placed);
    thread_close(ahead->thread);
    free(ahead);
}

struct ahead *ahead_start(struct carillon_storage *store)
{
    struct ahead *ahead = calloc(1, sizeof(*ahead));
    if (!ahead)
        return NULL;
    ahead->store = store;
    placed_open(&ahead->placed);
    if (thread_open(store, true, &ahead->thread) == CARILLON_OK) {
        thread_connect(ahead->thread);
        ahead->oplog = mongoc_client_get_collection(ahead->thread->client, "local", "oplog.rs");
        if (!pthread_create(&ahead->id, NULL, look, ahead))
            return ahead;
    }
    destroy(ahead);
    return NULL;
}

void ahead_stop(struct ahead *ahead)
{
    if (!ahead)
        return;
    atomic_store(&ahead->stop, true);
    pthread_join(ahead->id, NULL);
    destroy(ahead);
}
