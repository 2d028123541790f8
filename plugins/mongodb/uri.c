#include "uri.h"

#include "doc.h"

#include <stdio.h>
#include <string.h>

enum { SELECTION_MS = 3000, CONNECT_MS = 3000, SOCKET_SLACK_MS = 2000, PROBE_MS = 1000 };

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
    /* One host and no set named: the driver would talk to that member alone, also when it is no longer the primary. */
    if (!mongoc_uri_get_replica_set(store->uri) && !mongoc_uri_has_option(store->uri, MONGOC_URI_DIRECTCONNECTION))
        mongoc_uri_set_option_as_bool(store->uri, MONGOC_URI_DIRECTCONNECTION, false);
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

/* What one host needs to be asked at all, and nothing that names a set or a user. */
static mongoc_uri_t *uri_of_host(const mongoc_uri_t *uri, const mongoc_host_list_t *host)
{
    bson_iter_t iter;
    mongoc_uri_t *direct = mongoc_uri_new_for_host_port(host->host, host->port);
    if (!direct || !bson_iter_init(&iter, mongoc_uri_get_options(uri)))
        return direct;
    while (bson_iter_next(&iter)) {
        const char *option = bson_iter_key(&iter);
        if (strncmp(option, "tls", 3) != 0)
            continue;
        if (BSON_ITER_HOLDS_BOOL(&iter))
            mongoc_uri_set_option_as_bool(direct, option, bson_iter_bool(&iter));
        else if (BSON_ITER_HOLDS_UTF8(&iter))
            mongoc_uri_set_option_as_utf8(direct, option, bson_iter_utf8(&iter, NULL));
    }
    mongoc_uri_set_option_as_bool(direct, MONGOC_URI_DIRECTCONNECTION, true);
    mongoc_uri_set_option_as_int32(direct, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, PROBE_MS);
    mongoc_uri_set_option_as_int32(direct, MONGOC_URI_CONNECTTIMEOUTMS, PROBE_MS);
    mongoc_uri_set_option_as_int32(direct, MONGOC_URI_SOCKETTIMEOUTMS, PROBE_MS);
    return direct;
}

static bool ask_set(const mongoc_uri_t *direct, char name[SET_NAME_MAX])
{
    bson_t reply, *command = BCON_NEW("hello", BCON_INT32(1));
    mongoc_client_t *client = mongoc_client_new_from_uri(direct);
    bool answered = false;
    if (client) {
        answered = mongoc_client_command_simple(client, "admin", command, NULL, &reply, NULL);
        answered = answered && !doc_has(&reply, "isreplicaset"); /* its set is not initiated yet */
        struct carillon_str set = answered ? doc_peek_str(&reply, "setName") : (struct carillon_str){ 0 };
        snprintf(name, SET_NAME_MAX, "%.*s", (int)set.len, set.ptr ? set.ptr : "");
        bson_destroy(&reply);
        mongoc_client_destroy(client);
    }
    bson_destroy(command);
    return answered;
}

bool uri_find_set(const mongoc_uri_t *uri, char name[SET_NAME_MAX])
{
    bool answered = false;
    for (const mongoc_host_list_t *host = mongoc_uri_get_hosts(uri); host && !answered; host = host->next) {
        mongoc_uri_t *direct = uri_of_host(uri, host);
        answered = direct && ask_set(direct, name);
        mongoc_uri_destroy(direct);
    }
    return answered;
}
