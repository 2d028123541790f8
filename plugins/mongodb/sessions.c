#include "sessions.h"

#include "doc.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { HOST_MAX = 256 };

static void read_host(char host[HOST_MAX])
{
    if (gethostname(host, HOST_MAX) != 0)
        host[0] = '\0';
    host[HOST_MAX - 1] = '\0';
}

/* { _id: the session's } */
static bson_t *note_of(const struct carillon_storage_thread *thread)
{
    bson_iter_t iter;
    bson_t *note = bson_new();
    if (bson_iter_init_find(&iter, mongoc_client_session_get_lsid(thread->session), "id"))
        bson_append_value(note, "_id", -1, bson_iter_value(&iter));
    return note;
}

void sessions_note(struct carillon_storage_thread *thread)
{
    char host[HOST_MAX];
    bson_error_t error;
    bson_t *note = note_of(thread);
    read_host(host);
    bson_append_utf8(note, "host", -1, host, -1);
    doc_int(note, "pid", getpid());
    doc_time(note, "since", mongodb_host->now_ms());
    if (!mongoc_collection_insert_one(thread->collections[COLLECTION_STATE], note, NULL, NULL, &error))
        store_log(WARNING, "a session is not noted: %s", error.message);
    bson_destroy(note);
}

void sessions_forget(struct carillon_storage_thread *thread)
{
    bson_error_t error;
    bson_t *note = note_of(thread);
    mongoc_collection_delete_one(thread->collections[COLLECTION_STATE], note, NULL, NULL, &error);
    bson_destroy(note);
}

/* This process has none yet: a note with its number is of one that had it before. */
static bool is_gone(int64_t pid)
{
    return pid == getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

static void end(mongoc_database_t *database, mongoc_collection_t *state, const bson_value_t *id)
{
    bson_error_t error;
    bson_t *command = bson_new(), list, session, *note = bson_new();
    bson_append_array_begin(command, "killSessions", -1, &list);
    bson_append_document_begin(&list, "0", -1, &session);
    bson_append_value(&session, "id", -1, id);
    bson_append_document_end(&list, &session);
    bson_append_array_end(command, &list);
    bson_append_value(note, "_id", -1, id);
    if (mongoc_database_command_simple(database, command, NULL, NULL, &error))
        mongoc_collection_delete_one(state, note, NULL, NULL, &error);
    else
        store_log(WARNING, "the session of a process that is gone cannot be ended: %s", error.message);
    bson_destroy(note);
    bson_destroy(command);
}

void sessions_end_orphans(struct carillon_storage *store, mongoc_client_t *client)
{
    char host[HOST_MAX];
    const bson_t *note;
    bson_iter_t iter;
    bson_t filter = BSON_INITIALIZER;
    mongoc_database_t *database = mongoc_client_get_database(client, store->database);
    mongoc_collection_t *state = mongoc_database_get_collection(database, "carillon");
    read_host(host);
    bson_append_utf8(&filter, "host", -1, host, -1);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(state, &filter, NULL, NULL);
    while (mongoc_cursor_next(cursor, &note)) {
        if (is_gone(doc_get_int(note, "pid")) && bson_iter_init_find(&iter, note, "_id"))
            end(database, state, bson_iter_value(&iter));
    }
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(state);
    mongoc_database_destroy(database);
    bson_destroy(&filter);
}
