#include "uri.h"

#include <stdio.h>

enum { SELECTION_MS = 3000, CONNECT_MS = 3000, SOCKET_SLACK_MS = 2000 };

static void set_default(mongoc_uri_t *uri, const char *option, int32_t value)
{
    if (!mongoc_uri_has_option(uri, option))
        mongoc_uri_set_option_as_int32(uri, option, value);
}

/*
 * A server that is stopped but not gone keeps its sockets open: without a bound a thread would wait for five minutes.
 * The user's own values count.
 */
static void bound_waiting(const struct carillon_storage *store)
{
    int64_t longest = store->read_time_max > store->write_time_max ? store->read_time_max : store->write_time_max;
    set_default(store->uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECTION_MS);
    set_default(store->uri, MONGOC_URI_CONNECTTIMEOUTMS, CONNECT_MS);
    set_default(store->uri, MONGOC_URI_SOCKETTIMEOUTMS, (int32_t)(longest + SOCKET_SLACK_MS));
    set_default(store->uri, MONGOC_URI_HEARTBEATFREQUENCYMS, 1000);
}

/* "mongodb://host:port,host:port/database"; to be freed. NULL when memory is short. */
static char *describe(const mongoc_uri_t *uri, const char *database)
{
    char *shown = NULL;
    size_t size;
    FILE *stream = open_memstream(&shown, &size);
    if (!stream)
        return NULL;
    fputs("mongodb://", stream);
    const char *separator = "";
    for (const mongoc_host_list_t *host = mongoc_uri_get_hosts(uri); host; host = host->next) {
        fprintf(stream, "%s%s", separator, host->host_and_port);
        separator = ",";
    }
    const char *service = mongoc_uri_get_srv_hostname(uri);
    fprintf(stream, "%s/%s", service ? service : "", database);
    fclose(stream);
    return shown;
}

enum carillon_result uri_open(struct carillon_storage *store, char *error, size_t error_size)
{
    bson_error_t why;
    store->uri = mongoc_uri_new_with_error(mongodb_host->option_str(mongodb_self, "uri").ptr, &why);
    if (!store->uri) {
        /* The driver's reason may quote the string. */
        snprintf(
            error, error_size,
            "mongodb.uri is no connection string: it looks like mongodb://user:password@host:port/database?options, "
            "with signs in the password written as %%xx");
        return CARILLON_INVALID;
    }
    const char *database = mongoc_uri_get_database(store->uri);
    store->database = bson_strdup(database && *database ? database : "carillon");
    store->shown = describe(store->uri, store->database);
    bound_waiting(store);
    mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(store->uri, primary);
    mongoc_read_prefs_destroy(primary);
    return CARILLON_OK;
}
