#include "follow.h"

#include "adopt.h"
#include "conversation.h"
#include "remains.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    AWAIT_MS = 500, /* how long a stop may take; events come at once */
    TOKEN_EVERY_MS = 1000,
    AGAIN_MS = 500
};

struct follower {
    struct carillon_storage *store;
    struct carillon_storage_thread *thread;
    mongoc_database_t *database;
    pthread_t id;
    atomic_bool stop;
    bool lost;     /* events were lost: the next stream begins now, and everything is looked at */
    bool broken;   /* the stream broke, which was said */
    bson_t *token; /* of the last event that was handled; NULL: none */
    int64_t token_saved_ms;
};

/* ---- telling the host ---*/

#define UPDATED "updateDescription.updatedFields."
#define NEWS UPDATED "news"

/* What a daemon wrote; also this one, which may not know what became of a commit that had no answer. */
static void tell_news(const bson_t *event)
{
    struct carillon_str app = doc_peek_str(event, NEWS ".app");
    struct carillon_str conversation = doc_peek_str(event, NEWS ".conversation");
    int64_t pos = doc_get_int(event, NEWS ".pos"), from = doc_get_int(event, NEWS ".from");
    if (!app.ptr || !conversation.ptr)
        return;
    if (from)
        mongodb_host->storage_changed(mongodb_self, app, conversation, (uint64_t)from,
                                      doc_type_of(doc_peek_str(event, NEWS ".type")));
    if (pos > from)
        mongodb_host->storage_changed(mongodb_self, app, conversation, (uint64_t)pos, CARILLON_EVENT_MESSAGE_NEW);
}

/* Any conversation may have changed. */
static void tell_all(void)
{
    mongodb_host->storage_changed(mongodb_self, (struct carillon_str){ 0 }, (struct carillon_str){ 0 }, 0,
                                  CARILLON_EVENT_MESSAGE_NEW);
}

static void tell_gone(struct carillon_str app, struct carillon_str conversation)
{
    mongodb_host->storage_changed(mongodb_self, app, conversation, 0, CARILLON_EVENT_MESSAGE_NEW);
}

/* A conversation was deleted; when another daemon has cleaned up already, it is not known which. */
static bool drop_remains(struct carillon_storage_thread *thread)
{
    size_t count;
    bool ok = remains_drop(thread, tell_gone, &count);
    if (ok && !count)
        tell_all();
    return ok;
}

/* ---- where the stream goes on ---*/

static void load_token(struct follower *follower)
{
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("stream"));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(follower->thread->collections[COLLECTION_STATE], filter,
                                                               NULL, NULL);
    const bson_t *doc;
    bson_iter_t iter;
    bson_destroy(follower->token);
    follower->token = NULL;
    if (mongoc_cursor_next(cursor, &doc) && bson_iter_init_find(&iter, doc, "token") &&
        BSON_ITER_HOLDS_DOCUMENT(&iter)) {
        const uint8_t *data;
        uint32_t len;
        bson_iter_document(&iter, &len, &data);
        follower->token = bson_new_from_data(data, len);
    }
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
}

/* The newest counts, whichever daemon it is of: tokens grow as their text does. */
static void save_token(struct follower *follower, bool forced)
{
    int64_t now = mongodb_host->monotonic_ms();
    if (!follower->token || (now - follower->token_saved_ms < TOKEN_EVERY_MS && !forced))
        return;
    follower->token_saved_ms = now;
    const char *data = doc_peek_str(follower->token, "_data").ptr;
    if (!data)
        return;
    bson_t *filter = forced ? BCON_NEW("_id", BCON_UTF8("stream"))
                            : BCON_NEW("_id", BCON_UTF8("stream"), "token._data", "{", "$lt", BCON_UTF8(data), "}");
    bson_t *update = BCON_NEW("$set", "{", "token", BCON_DOCUMENT(follower->token), "}");
    bson_t *opts = BCON_NEW("upsert", BCON_BOOL(true));
    bson_error_t error;
    /* A newer one is there: a duplicate key. Any other failure only means that more is read again later. */
    mongoc_collection_update_one(follower->thread->collections[COLLECTION_STATE], filter, update, opts, NULL, &error);
    bson_destroy(opts);
    bson_destroy(update);
    bson_destroy(filter);
}

static void take_token(struct follower *follower, const mongoc_change_stream_t *stream)
{
    const bson_t *token = mongoc_change_stream_get_resume_token((mongoc_change_stream_t *)stream);
    if (!token || (follower->token && bson_equal(token, follower->token)))
        return;
    bson_destroy(follower->token);
    follower->token = bson_copy(token);
}

/* ---- the stream ---*/

/*
 * What comes. Of daemons' batches the news; their other writes carry a field by which they are known, and do not come. Of
 * other programs' all do; what has become of their documents is looked up.
 */
static const char pipeline[] =
    "{\"pipeline\": [{\"$match\": {\"$or\": ["
    "{\"ns.coll\": \"conversations\", \"operationType\": \"update\", \"" NEWS ".pos\": {\"$exists\": true}},"
    "{\"ns.coll\": \"messages\", \"operationType\": \"insert\", \"fullDocument.pos\": {\"$exists\": false}},"
    "{\"ns.coll\": \"messages\", \"operationType\": \"update\", \"" UPDATED "revision\": {\"$exists\": false}},"
    "{\"ns.coll\": \"messages\", \"operationType\": {\"$in\": [\"replace\", \"delete\"]}},"
    "{\"ns.coll\": \"conversations\", \"operationType\": \"insert\", \"fullDocument.epoch\": {\"$exists\": false}},"
    "{\"ns.coll\": \"conversations\", \"operationType\": \"update\", \"" UPDATED "sum\": {\"$exists\": false},"
    " \"$or\": [{\"" UPDATED "title\": {\"$exists\": true}}, {\"" UPDATED "visibility\": {\"$exists\": true}}]},"
    "{\"ns.coll\": \"conversations\", \"operationType\": {\"$in\": [\"replace\", \"delete\"]}},"
    "{\"ns.coll\": \"members\", \"operationType\": \"insert\", \"fullDocument.sort_name\": {\"$exists\": false}},"
    "{\"ns.coll\": \"members\", \"operationType\": \"update\", \"" UPDATED "role\": {\"$exists\": true},"
    " \"" UPDATED "known_role\": {\"$exists\": false}},"
    "{\"ns.coll\": \"members\", \"operationType\": {\"$in\": [\"replace\", \"delete\"]}},"
    "{\"ns.coll\": \"reactions\", \"operationType\": \"insert\", \"fullDocument.pos\": {\"$exists\": false}},"
    "{\"ns.coll\": \"reactions\", \"operationType\": \"delete\"},"
    "{\"ns.coll\": \"users\", \"operationType\": \"insert\", \"fullDocument.sort_name\": {\"$exists\": false}},"
    "{\"ns.coll\": \"users\", \"operationType\": \"update\", \"" UPDATED "name\": {\"$exists\": true},"
    " \"" UPDATED "sort_name\": {\"$exists\": false}},"
    "{\"ns.coll\": \"users\", \"operationType\": \"replace\"},"
    "{\"operationType\": \"invalidate\"}]}},"
    "{\"$project\": {\"operationType\": 1, \"ns\": 1, \"documentKey\": 1, \"fullDocument\": 1, \"" NEWS "\": 1}}]}";

static mongoc_change_stream_t *open_stream(struct follower *follower)
{
    bson_t *stages = bson_new_from_json((const uint8_t *)pipeline, -1, NULL);
    bson_t *opts = BCON_NEW("maxAwaitTimeMS", BCON_INT32(AWAIT_MS));
    if (follower->token)
        bson_append_document(opts, "resumeAfter", -1, follower->token);
    mongoc_change_stream_t *stream = mongoc_database_watch(follower->database, stages, opts);
    bson_destroy(opts);
    bson_destroy(stages);
    return stream;
}

static enum collection collection_of(struct carillon_str name)
{
#define X(NAME, text)                                                                                                  \
    if (str_same(name, CARILLON_STR(text)))                                                                            \
        return COLLECTION_##NAME;
    COLLECTIONS(X)
#undef X
    return COLLECTION_COUNT;
}

/* Of an insert the whole document comes; it lives as long as the event. */
static bool find_inserted(const bson_t *event, bson_t *document)
{
    bson_iter_t iter;
    const uint8_t *data;
    uint32_t len;
    if (!str_same(doc_peek_str(event, "operationType"), CARILLON_STR("insert")) ||
        !bson_iter_init_find(&iter, event, "fullDocument") || !BSON_ITER_HOLDS_DOCUMENT(&iter))
        return false;
    bson_iter_document(&iter, &len, &data);
    return bson_init_static(document, data, len);
}

/* False: it could not be finished and has to come again. */
static bool handle(struct follower *follower, const bson_t *event)
{
    bson_iter_t iter, key;
    if (doc_has(event, NEWS)) {
        tell_news(event);
        return true;
    }
    if (str_same(doc_peek_str(event, "operationType"), CARILLON_STR("invalidate"))) { /* the database was dropped */
        follower->lost = true;
        return false;
    }
    if (!bson_iter_init(&iter, event) || !bson_iter_find_descendant(&iter, "documentKey._id", &key))
        return true;
    enum collection in = collection_of(doc_peek_str(event, "ns.coll"));
    if (in == COLLECTION_CONVERSATIONS && str_same(doc_peek_str(event, "operationType"), CARILLON_STR("delete")))
        return drop_remains(follower->thread);
    bson_t document;
    bool inserted = in == COLLECTION_MESSAGES && find_inserted(event, &document);
    return adopt_look(follower->thread, in, bson_iter_value(&key), inserted ? &document : NULL);
}

/* A new life of all positions: clients that come back are told to read again. */
static bool renew_epochs(struct follower *follower)
{
    char epoch[CONVERSATION_EPOCH_SIZE];
    if (!conversation_new_epoch(epoch))
        return false;
    bson_t all = BSON_INITIALIZER, *update = BCON_NEW("$set", "{", "epoch", BCON_UTF8(epoch), "}");
    bson_t *opts = BCON_NEW("writeConcern", "{", "w", BCON_UTF8("majority"), "j", BCON_BOOL(true), "}");
    bson_error_t error;
    bool ok = mongoc_collection_update_many(follower->thread->collections[COLLECTION_CONVERSATIONS], &all, update, opts,
                                            NULL, &error);
    bson_destroy(opts);
    bson_destroy(update);
    return ok;
}

/* Reads everything again after events were lost; what comes meanwhile waits in the new stream. */
static bool make_up(struct follower *follower)
{
    if (!renew_epochs(follower) || !adopt_look_at_all(follower->thread) || !drop_remains(follower->thread))
        return false;
    tell_all();
    store_log(NOTICE, "%s: all messages were read again, clients are told to do so too", follower->store->shown);
    follower->lost = false;
    return true;
}

static bool is_too_old(const bson_error_t *error, const bson_t *reply)
{
    enum { INVALID_RESUME_TOKEN = 260, STREAM_FATAL = 280, HISTORY_LOST = 286, CAPPED_POSITION_LOST = 136 };
    return error->code == INVALID_RESUME_TOKEN || error->code == STREAM_FATAL || error->code == HISTORY_LOST ||
           error->code == CAPPED_POSITION_LOST ||
           (reply && mongoc_error_has_label(reply, "NonResumableChangeStreamError"));
}

/* Another daemon went on while this one was away: what it handled is in the database. */
static bool has_newer_token(struct follower *follower)
{
    bson_t *mine = follower->token;
    follower->token = NULL;
    load_token(follower);
    bool newer = mine && follower->token && !bson_equal(mine, follower->token);
    bson_destroy(mine);
    return newer;
}

static void note_end(struct follower *follower, const bson_error_t *error, const bson_t *reply)
{
    if (is_too_old(error, reply) && has_newer_token(follower)) {
        store_log(WARNING, "%s: the change stream goes on where another daemon is", follower->store->shown);
        tell_all();
    } else if (is_too_old(error, reply)) {
        store_log(ERROR,
                  "%s: what other programs wrote since the change stream was last read is no longer in the oplog (%s): "
                  "everything is read again; a larger oplog keeps this from happening",
                  follower->store->shown, error->message);
        follower->lost = true;
    } else if (!follower->broken) {
        store_log(WARNING, "%s: the change stream broke, it is opened again: %s", follower->store->shown,
                  error->message);
    }
    follower->broken = true;
}

/* Until it breaks, or the store is closed. */
static void read_stream(struct follower *follower, mongoc_change_stream_t *stream)
{
    const bson_t *event, *reply = NULL;
    bson_error_t error;
    bool ok = !follower->lost || make_up(follower);
    while (ok && !atomic_load(&follower->stop)) {
        if (mongoc_change_stream_next(stream, &event)) {
            ok = handle(follower, event);
            if (ok)
                take_token(follower, stream);
            continue;
        }
        if (mongoc_change_stream_error_document(stream, &error, &reply)) {
            note_end(follower, &error, reply);
            return;
        }
        if (follower->broken)
            store_log(NOTICE, "%s: the change stream is read again", follower->store->shown);
        follower->broken = false;
        take_token(follower, stream);
        save_token(follower, false);
    }
}

static void *follow(void *arg)
{
    struct follower *follower = arg;
    const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
    pthread_setname_np(pthread_self(), "change stream");
    load_token(follower);
    bool first = !follower->token;
    while (!atomic_load(&follower->stop)) {
        if (follower->lost) {
            bson_destroy(follower->token);
            follower->token = NULL;
        }
        mongoc_change_stream_t *stream = open_stream(follower);
        /* The first daemon on this database: what was written before it came has no place yet. */
        if (first && adopt_look_at_all(follower->thread))
            first = false;
        read_stream(follower, stream);
        mongoc_change_stream_destroy(stream);
        if (!atomic_load(&follower->stop))
            nanosleep(&pause, NULL);
    }
    save_token(follower, true);
    return NULL;
}

/* ---- start and stop ---*/

static void destroy(struct follower *follower)
{
    if (follower->database)
        mongoc_database_destroy(follower->database);
    thread_close(follower->thread);
    bson_destroy(follower->token);
    free(follower);
}

enum carillon_result follow_start(struct carillon_storage *store)
{
    if (mongodb_host->size < offsetof(struct carillon_host, storage_changed) + sizeof(mongodb_host->storage_changed) ||
        !mongodb_host->storage_changed)
        return CARILLON_OK;
    struct follower *follower = calloc(1, sizeof(*follower));
    if (!follower)
        return CARILLON_NO_MEMORY;
    follower->store = store;
    enum carillon_result result = thread_open(store, true, &follower->thread);
    if (result == CARILLON_OK) {
        thread_connect(follower->thread);
        follower->database = mongoc_client_get_database(follower->thread->client, store->database);
        if (pthread_create(&follower->id, NULL, follow, follower))
            result = CARILLON_UNAVAILABLE;
    }
    if (result == CARILLON_OK)
        store->follower = follower;
    else
        destroy(follower);
    return result;
}

void follow_stop(struct carillon_storage *store)
{
    if (!store->follower)
        return;
    atomic_store(&store->follower->stop, true);
    pthread_join(store->follower->id, NULL);
    destroy(store->follower);
    store->follower = NULL;
}
