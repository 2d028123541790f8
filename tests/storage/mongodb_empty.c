// packages: libmongoc-1.0
#include "host.h"

#include <mongoc/mongoc.h>

/*
 * An empty store for the next test. Dropping the database would have every test make all collections and indexes again;
 * what the plugin's schema made stays, and so does its note of the version.
 */
bool mongodb_empty(const char *uri)
{
    bson_error_t error;
    bson_t all = BSON_INITIALIZER;
    mongoc_init();
    mongoc_uri_t *parsed = mongoc_uri_new(uri);
    mongoc_client_t *client = mongoc_client_new(uri);
    if (!parsed || !client)
        return false;
    mongoc_database_t *database = mongoc_client_get_database(client, mongoc_uri_get_database(parsed));
    char **names = mongoc_database_get_collection_names_with_opts(database, NULL, &error);
    bool ok = names != NULL;
    for (char **name = names; ok && *name; name++) {
        if (strcmp(*name, "carillon") == 0)
            continue;
        mongoc_collection_t *collection = mongoc_database_get_collection(database, *name);
        ok = mongoc_collection_delete_many(collection, &all, NULL, NULL, &error);
        mongoc_collection_destroy(collection);
    }
    bson_strfreev(names);
    mongoc_database_destroy(database);
    mongoc_client_destroy(client);
    mongoc_uri_destroy(parsed);
    return ok;
}
