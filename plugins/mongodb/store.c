#include "store.h"

#include "doc.h"
#include "follow.h"
#include "opening.h"
#include "schema.h"
#include "sessions.h"
#include "uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_options(struct carillon_storage *store)
{
    store->foreign_app = bson_strdup(mongodb_host->option_str(mongodb_self, "foreign_app").ptr);
    store->client_id_ttl = mongodb_host->option_int(mongodb_self, "client_id_ttl");
    store->read_time_max = mongodb_host->option_int(mongodb_self, "read_time_max");
    store->write_time_max = mongodb_host->option_int(mongodb_self, "write_time_max");
}

/* Of a name in DNS (mongodb+srv) it is looked up here. */
static enum carillon_result make_pool(struct carillon_storage *store, char *error, size_t error_size)
{
    bson_error_t why;
    if (store->pool)
        return CARILLON_OK;
    store->pool = mongoc_client_pool_new_with_error(store->uri, &why);
    if (!store->pool) {
        snprintf(error, error_size, "%s: %s", store->shown, why.message);
        return why.domain == MONGOC_ERROR_STREAM ? CARILLON_UNAVAILABLE : CARILLON_INVALID;
    }
    mongoc_client_pool_set_error_api(store->pool, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_pool_set_appname(store->pool, "carillond");
    return CARILLON_OK;
}

/* Conversations that other daemons have bumped since are seen when they are next read. */
static void find_highest_activity(struct carillon_storage *store, mongoc_client_t *client)
{
    const bson_t *doc;
    bson_t filter = BSON_INITIALIZER, *opts = doc_sorted("activity", -1, 1);
    mongoc_collection_t *conversations = mongoc_client_get_collection(client, store->database, "conversations");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(conversations, &filter, opts, NULL);
    if (mongoc_cursor_next(cursor, &doc))
        atomic_store(&store->activity, doc_get_int(doc, "activity"));
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(conversations);
    bson_destroy(opts);
}

enum carillon_result store_prepare(struct carillon_storage *store, char *error, size_t error_size)
{
    enum carillon_result result = make_pool(store, error, error_size);
    if (result != CARILLON_OK)
        return result;
    mongoc_client_t *client = mongoc_client_pool_pop(store->pool);
    result = schema_migrate(store, client, error, error_size);
    if (result == CARILLON_OK) {
        sessions_end_orphans(store, client);
        find_highest_activity(store, client);
    }
    mongoc_client_pool_push(store->pool, client);
    if (result == CARILLON_OK && (result = follow_start(store)) != CARILLON_OK)
        snprintf(error, error_size, "%s: the change stream cannot be read", store->shown);
    if (result == CARILLON_OK)
        atomic_store(&store->ready, true);
    return result;
}

/* A server that does not answer may be there later; what it answers wrongly will not mend itself. */
static enum carillon_result prepare_or_wait(struct carillon_storage *store, char *error, size_t error_size)
{
    enum carillon_result result = store_prepare(store, error, error_size);
    return result == CARILLON_UNAVAILABLE ? opening_start(store, error) : result;
}

enum carillon_result store_open(struct carillon_storage **out, char *error, size_t error_size)
{
    struct carillon_storage *store = calloc(1, sizeof(*store));
    if (!store) {
        snprintf(error, error_size, "out of memory");
        return CARILLON_NO_MEMORY;
    }
    read_options(store);
    enum carillon_result result = uri_open(store, error, error_size);
    if (result == CARILLON_OK)
        result = prepare_or_wait(store, error, error_size);
    if (result != CARILLON_OK) {
        store_close(store);
        return result;
    }
    *out = store;
    return CARILLON_OK;
}

void store_close(struct carillon_storage *store)
{
    opening_stop(store);
    follow_stop(store);
    if (store->pool)
        mongoc_client_pool_destroy(store->pool);
    if (store->uri)
        mongoc_uri_destroy(store->uri);
    bson_free(store->database);
    free(store->shown);
    bson_free(store->foreign_app);
    free(store);
}
