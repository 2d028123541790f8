#include "schema.h"

#include "doc.h"
#include "indexes.h"
#include "uri.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TRIES = 5,
    PAUSE_US = 500000,
    WIRE_VERSION_5_0 = 13,
    NAMESPACE_EXISTS = 48,
    UNAUTHORIZED = 13,
    AUTHENTICATION_FAILED = 18
};

struct migration {
    struct carillon_storage *store;
    mongoc_client_t *client;
    mongoc_database_t *database;
    char *error;
    size_t error_size;
};

static enum carillon_result refuse(const struct migration *migration, const char *doing, const bson_error_t *error)
{
    bool server = error->domain == MONGOC_ERROR_SERVER || error->domain == MONGOC_ERROR_QUERY ||
                  error->domain == MONGOC_ERROR_COMMAND;
    bool denied = server && (error->code == UNAUTHORIZED || error->code == AUTHENTICATION_FAILED);
    denied |= error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
    snprintf(migration->error, migration->error_size, "%s: %s%s: %s", migration->store->shown, doing,
             denied ? "; the user, the password or the roles are wrong" : "", error->message);
    return denied ? CARILLON_FORBIDDEN : CARILLON_UNAVAILABLE;
}

/* ---- steps: each may be run again after it was interrupted, and by two daemons at once ---- */

static enum carillon_result make_collections(const struct migration *migration)
{
    static const char *const names[] = {
#define X(name, text) text,
        COLLECTIONS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        bson_error_t error;
        mongoc_collection_t *made = mongoc_database_create_collection(migration->database, names[i], NULL, &error);
        if (made)
            mongoc_collection_destroy(made);
        else if (error.code != NAMESPACE_EXISTS)
            return refuse(migration, "a collection cannot be made, which needs the role readWrite", &error);
    }
    return CARILLON_OK;
}

struct index {
    enum collection collection;
    const char *name, *keys, *options;
};

static const struct index indexes[] = {
#define X(collection, name, keys, options) { COLLECTION_##collection, name, keys, options },
    INDEXES(X)
#undef X
};

/* { name, key, unique, ... } as the command takes it. */
static void append_index(bson_t *list, uint32_t place, const struct index *index)
{
    char room[16];
    const char *key;
    bson_t spec;
    bson_t *keys = bson_new_from_json((const uint8_t *)index->keys, -1, NULL);
    bson_t *options = bson_new_from_json((const uint8_t *)index->options, -1, NULL);
    bson_uint32_to_string(place, &key, room, sizeof(room));
    bson_append_document_begin(list, key, -1, &spec);
    bson_append_utf8(&spec, "name", -1, index->name, -1);
    bson_append_document(&spec, "key", -1, keys);
    bson_concat(&spec, options);
    bson_append_document_end(list, &spec);
    bson_destroy(keys);
    bson_destroy(options);
}

/* client_ids expire by an index of the configured time, whatever it was before. */
static void append_client_id_expiry(const struct migration *migration, bson_t *list, uint32_t place)
{
    char options[64];
    snprintf(options, sizeof(options), "{\"expireAfterSeconds\": %lld}",
             (long long)(migration->store->client_id_ttl / 1000));
    const struct index index = { COLLECTION_CLIENT_IDS, "at", "{\"at\": 1}", options };
    append_index(list, place, &index);
}

static enum carillon_result make_indexes_of(const struct migration *migration, enum collection collection,
                                            const char *name)
{
    bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(name)), list;
    bson_error_t error;
    uint32_t n = 0;
    bson_append_array_begin(command, "indexes", -1, &list);
    for (size_t i = 0; i < sizeof(indexes) / sizeof(*indexes); i++) {
        if (indexes[i].collection == collection)
            append_index(&list, n++, &indexes[i]);
    }
    if (collection == COLLECTION_CLIENT_IDS)
        append_client_id_expiry(migration, &list, n++);
    bson_append_array_end(command, &list);
    bool ok = !n || mongoc_database_write_command_with_opts(migration->database, command, NULL, NULL, &error);
    bson_destroy(command);
    return ok ? CARILLON_OK : refuse(migration, "an index cannot be made", &error);
}

static enum carillon_result make_indexes(const struct migration *migration)
{
    static const char *const names[] = {
#define X(name, text) text,
        COLLECTIONS(X)
#undef X
    };
    enum carillon_result result = CARILLON_OK;
    for (int i = 0; i < COLLECTION_COUNT && result == CARILLON_OK; i++)
        result = make_indexes_of(migration, (enum collection)i, names[i]);
    return result;
}

static enum carillon_result step_1(const struct migration *migration)
{
    enum carillon_result result = make_collections(migration);
    return result == CARILLON_OK ? make_indexes(migration) : result;
}

/* To each its change: as "change". */
static void append_lookup(bson_t *pipeline)
{
    static const char stage[] =
        "{\"$lookup\": {\"from\": \"changes\", \"as\": \"change\","
        " \"let\": {\"app\": \"$app\", \"conversation\": \"$conversation\", \"pos\": \"$pos\"},"
        " \"pipeline\": [{\"$match\": {\"$expr\": {\"$and\": [{\"$eq\": [\"$app\", \"$$app\"]},"
        " {\"$eq\": [\"$conversation\", \"$$conversation\"]}, {\"$eq\": [\"$pos\", \"$$pos\"]}]}}}]}}";
    bson_t *lookup = bson_new_from_json((const uint8_t *)stage, -1, NULL);
    bson_append_document(pipeline, "0", -1, lookup);
    bson_destroy(lookup);
}

/* An index with other options is another one. That there is none is no failure here. */
static void drop_index(const struct migration *migration, const char *collection, const char *index)
{
    bson_error_t error;
    mongoc_collection_t *of = mongoc_database_get_collection(migration->database, collection);
    mongoc_collection_drop_index(of, index, &error);
    mongoc_collection_destroy(of);
}

/* Client ids had a document each; now they stand in their change. Other programs may add members. */
static enum carillon_result step_2(const struct migration *migration)
{
    const bson_t *none;
    bson_error_t error;
    drop_index(migration, "members", "user");
    enum carillon_result result = make_indexes(migration);
    if (result != CARILLON_OK)
        return result;
    bson_t pipeline = BSON_INITIALIZER;
    append_lookup(&pipeline);
    BCON_APPEND(&pipeline, "1", "{", "$unwind", BCON_UTF8("$change"), "}", "2", "{", "$project", "{", "_id",
                BCON_UTF8("$change._id"), "author", BCON_INT32(1), "client_id", BCON_INT32(1), "digest", BCON_INT32(1),
                "}", "}", "3", "{", "$merge", "{", "into", BCON_UTF8("changes"), "on", BCON_UTF8("_id"), "whenMatched",
                BCON_UTF8("merge"), "whenNotMatched", BCON_UTF8("discard"), "}", "}");
    mongoc_collection_t *ids = mongoc_database_get_collection(migration->database, "client_ids");
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(ids, MONGOC_QUERY_NONE, &pipeline, NULL, NULL);
    mongoc_cursor_next(cursor, &none);
    if (mongoc_cursor_error(cursor, &error))
        result = refuse(migration, "the client ids cannot be moved", &error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(ids);
    bson_destroy(&pipeline);
    return result;
}

typedef enum carillon_result step_fn(const struct migration *migration);
/* A step that was released never changes; the next one is added at the end. */
static step_fn *const steps[] = { step_1, step_2 };

int schema_version(void)
{
    return (int)(sizeof(steps) / sizeof(*steps));
}

/* ---- the version, kept in the document "schema" of the collection "carillon" ---- */

static enum carillon_result read_version(const struct migration *migration, int64_t *version)
{
    bson_error_t error;
    const bson_t *doc;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"));
    mongoc_collection_t *state = mongoc_database_get_collection(migration->database, "carillon");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(state, filter, NULL, NULL);
    *version = mongoc_cursor_next(cursor, &doc) ? doc_get_int(doc, "version") : 0;
    bool failed = mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(state);
    bson_destroy(filter);
    return failed ? refuse(migration, "it cannot be read", &error) : CARILLON_OK;
}

static enum carillon_result write_version(const struct migration *migration, int64_t version)
{
    bson_error_t error;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"));
    bson_t *update = BCON_NEW("$max", "{", "version", BCON_INT64(version), "}");
    bson_t *opts = BCON_NEW("upsert", BCON_BOOL(true), "writeConcern", "{", "w", BCON_UTF8("majority"), "}");
    mongoc_collection_t *state = mongoc_database_get_collection(migration->database, "carillon");
    bool ok = mongoc_collection_update_one(state, filter, update, opts, NULL, &error);
    mongoc_collection_destroy(state);
    bson_destroy(opts);
    bson_destroy(update);
    bson_destroy(filter);
    return ok ? CARILLON_OK : refuse(migration, "its version cannot be written", &error);
}

static enum carillon_result refuse_alone(const struct migration *migration)
{
    snprintf(migration->error, migration->error_size,
             "%s: the server is in no replica set, which transactions and change streams need; start mongod with "
             "--replSet and run rs.initiate()",
             migration->store->shown);
    return CARILLON_UNSUPPORTED;
}

/* No primary: because there is none now, or because it is looked for under a wrong name? */
static enum carillon_result explain_silence(const struct migration *migration, const bson_error_t *error)
{
    char found[SET_NAME_MAX];
    const char *wanted = mongoc_uri_get_replica_set(migration->store->uri);
    enum carillon_result result = refuse(migration, "there is no primary to talk to", error);
    if (result != CARILLON_UNAVAILABLE || !wanted || !uri_find_set(migration->store->uri, found))
        return result;
    if (!*found)
        return refuse_alone(migration);
    if (strcmp(found, wanted) == 0)
        return result;
    snprintf(migration->error, migration->error_size,
             "%s: the replica set there is named \"%s\", not \"%s\"; the connection string's replicaSet is wrong",
             migration->store->shown, found, wanted);
    return CARILLON_INVALID;
}

/* The server's "hello", which tells both its age and whether it has a replica set. */
static enum carillon_result check_server(const struct migration *migration)
{
    bson_error_t error;
    bson_t reply, *command = BCON_NEW("hello", BCON_INT32(1));
    bool ok = mongoc_client_command_simple(migration->client, "admin", command, NULL, &reply, &error);
    bson_destroy(command);
    enum carillon_result result = CARILLON_OK;
    if (!ok) {
        result = explain_silence(migration, &error);
    } else if (doc_get_int(&reply, "maxWireVersion") < WIRE_VERSION_5_0) {
        snprintf(migration->error, migration->error_size, "%s: the server is too old: MongoDB 5.0 or newer is needed",
                 migration->store->shown);
        result = CARILLON_UNSUPPORTED;
    } else if (!doc_has(&reply, "setName") && !str_same(doc_peek_str(&reply, "msg"), CARILLON_STR("isdbgrid"))) {
        result = refuse_alone(migration);
    }
    bson_destroy(&reply);
    return result;
}

static enum carillon_result run_steps(const struct migration *migration, int64_t version)
{
    enum carillon_result result = CARILLON_OK;
    bool empty = version == 0;
    if (version > schema_version()) {
        snprintf(migration->error, migration->error_size,
                 "%s has schema %lld, this is only able to read up to %d; use a newer carillond",
                 migration->store->shown, (long long)version, schema_version());
        return CARILLON_UNSUPPORTED;
    }
    for (int64_t next = version + 1; next <= schema_version() && result == CARILLON_OK; next++) {
        result = steps[next - 1](migration);
        if (result == CARILLON_OK)
            result = write_version(migration, next);
        if (result == CARILLON_OK && !empty)
            store_log(NOTICE, "%s: schema is now version %lld", migration->store->shown, (long long)next);
    }
    return result;
}

enum carillon_result schema_migrate(struct carillon_storage *store, mongoc_client_t *client, char *error,
                                    size_t error_size)
{
    struct migration migration = { .store = store, .client = client, .error = error, .error_size = error_size };
    int64_t version = 0;
    enum carillon_result result = check_server(&migration);
    if (result != CARILLON_OK)
        return result;
    migration.database = mongoc_client_get_database(client, store->database);
    for (int attempt = 0; attempt < TRIES; attempt++) {
        result = read_version(&migration, &version);
        if (result == CARILLON_OK)
            result = run_steps(&migration, version);
        if (result != CARILLON_UNAVAILABLE)
            break;
        usleep(PAUSE_US); /* a step that an election interrupted is run again */
    }
    mongoc_database_destroy(migration.database);
    return result;
}
