/*
 * What the plugin's files share: the opened database (one a process) and what one thread needs of it.
 *
 * A struct carillon_storage is made on the main thread; afterwards only its atomics change. A struct
 * carillon_storage_thread is used by its one thread, and so is its client, which comes from the store's pool.
 */
#ifndef MONGODB_STORE_H
#define MONGODB_STORE_H

#include "collections.h"

#include <carillon/plugin.h>

#include <mongoc/mongoc.h>
#include <stdatomic.h>

struct batch;
struct conversation;
struct follower;
struct opening;

struct carillon_storage {
    mongoc_uri_t *uri;
    mongoc_client_pool_t *pool;
    char *database;
    char *shown;                   /* the connection string without user and password, for people */
    char *foreign_app;             /* the app of other programs' messages that name none */
    int64_t client_id_ttl;         /* ms */
    int64_t read_time_max;         /* ms */
    int64_t write_time_max;        /* ms */
    atomic_int_least64_t activity; /* the highest that was given out or seen, see conversation.c */
    atomic_bool ready;             /* the schema is there: requests are served */
    struct follower *follower;     /* of the change stream; NULL: nobody wants to know */
    struct opening *opening;       /* waits for the server; NULL: it was there at once */
};

/* Why an operation cannot go on. The first failure since it was cleared is kept; what follows is not run. */
enum failure {
    FAILURE_NONE,
    FAILURE_TRANSIENT,   /* the transaction was undone, another try may succeed */
    FAILURE_DUPLICATE,   /* a unique index refused */
    FAILURE_UNAVAILABLE, /* no server, no majority, no room */
    FAILURE_NO_MEMORY,   /* the request's arena is full */
    FAILURE_TOO_LARGE,   /* a document would be */
    FAILURE_INTERNAL
};

struct carillon_storage_thread {
    struct carillon_storage *store;
    mongoc_client_t *client;
    mongoc_collection_t *collections[COLLECTION_COUNT];
    mongoc_client_session_t *session;         /* a writer's: one for its life; a reader's: of the request, a snapshot */
    struct carillon_storage_request *request; /* the one worked on */
    struct conversation *conversations;       /* looked up in this transaction or snapshot */
    struct batch *batch;                      /* a writer's, inside a transaction */
    enum failure failure;
    char detail[256]; /* of that failure */
};

extern const struct carillon_host *mongodb_host;
extern struct carillon_plugin_self *mongodb_self;

#define store_log(level, ...) mongodb_host->log(mongodb_self, CARILLON_LOG_##level, __VA_ARGS__)

/* The contract's open and close. */
enum carillon_result store_open(struct carillon_storage **store, char *error, size_t error_size);
void store_close(struct carillon_storage *store);

/* Any thread. What the server must be asked before requests are served; error: what is wrong and the cure. */
enum carillon_result store_prepare(struct carillon_storage *store, char *error, size_t error_size);

/* The contract's thread_open and thread_close. The server need not be there. */
enum carillon_result thread_open(struct carillon_storage *store, bool writer, struct carillon_storage_thread **thread);
void thread_close(struct carillon_storage_thread *thread);
/* Takes a connection from the pool, once there is one. */
void thread_connect(struct carillon_storage_thread *thread);
/* A writer's session; false: thread->failure. */
bool thread_has_session(struct carillon_storage_thread *thread);
/* Is the store ready? Else thread->failure and its detail say so. */
bool thread_is_ready(struct carillon_storage_thread *thread);

#endif
