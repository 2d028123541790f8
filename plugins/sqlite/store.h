/*
 * What the plugin's files share: the opened database (one a process) and what one thread needs of it.
 *
 * A struct carillon_storage is made on the main thread and only read afterwards. A struct carillon_storage_thread is
 * used by its one thread.
 */
#ifndef SQLITE_STORE_H
#define SQLITE_STORE_H

#include "statements.h"

#include <carillon/plugin.h>

#include <sqlite3.h>

struct carillon_storage {
    char *path;
    int lock_fd;             /* holds the lock on "<path>.lock" */
    int64_t client_id_ttl;   /* ms */
    size_t fold_rows;        /* see fold.h */
    int64_t cache_size;      /* bytes a connection */
    int64_t checkpoint_size; /* bytes of write-ahead log */
    int64_t read_time_max;   /* ms */
    bool sync;               /* false only where loss of power is of no concern */
};

/* The numbers of a conversation's row. */
struct conversation {
    int64_t key;
    int64_t last_pos, first_pos, member_count;
    int64_t message_count; /* messages ever */
    int64_t last_message;  /* key of the newest one that is not deleted, or 0 */
    int64_t bumped_to;     /* its new activity, see schema.c; 0: as it was */
    enum carillon_visibility visibility;
};

/* The one that the writer found last in this batch. */
struct held_conversation {
    struct carillon_str app, name; /* of a request of the batch */
    struct conversation row;       /* key 0: none */
    bool changed;
};

/* Hashes of the client ids in client_ids_fresh, so that the table is seldom looked through (fold.h). */
enum { FRESH_PLACES = 8192 };
struct fresh {
    bool known; /* false: it is to be looked up */
    size_t rows;
    uint64_t hashes[FRESH_PLACES]; /* open addressing; 0: empty */
};

/* The rows of those who wrote lately (account.c). */
enum { ACTOR_PLACES = 1024 };
struct known_actor {
    uint64_t hash[2]; /* of app, id and name, with the thread's seed */
    int64_t account, signature;
};

/* A reader's own index of what the index does not have yet (search_fresh.h); open when `find` is there. */
struct scratch {
    sqlite3 *db;
    sqlite3_stmt *add, *find;
};

struct carillon_storage_thread {
    struct carillon_storage *store;
    bool writer;
    sqlite3 *db; /* NULL: it could not be opened again after a failure */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct carillon_storage_request *request; /* the one worked on */
    int error;        /* SQLite's code of the first failure since it was cleared; what follows is not run */
    char detail[256]; /* of that failure */
    /* writer */
    struct held_conversation held;
    int64_t activity; /* the last one given out, see schema.c */
    struct fresh fresh;
    struct known_actor actors[ACTOR_PLACES];
    uint64_t seed;    /* of the hashes, so that nobody can choose ids or names that meet */
    size_t appended;  /* since the last fold */
    bool folded;      /* since the start */
    bool index_known; /* false: where the search index ends is to be looked up (search_index.h) */
    int64_t indexed_until;
    size_t unindexed;  /* texts that came since the index was brought up to date */
    int64_t pruned_ms; /* when expired client ids were last looked for */
    int wal_pages;     /* in the write-ahead log after the last commit */
    bool doubtful;     /* a commit failed on its way to the disk: no write before the log is clean again */
    /* reader */
    int64_t read_until; /* monotonic ms */
    struct scratch scratch;
};

extern const struct carillon_host *sqlite_host;
extern struct carillon_plugin_self *sqlite_self;

#define store_log(level, ...) sqlite_host->log(sqlite_self, CARILLON_LOG_##level, __VA_ARGS__)

/* The contract's open and close. */
enum carillon_result store_open(struct carillon_storage **store, char *error, size_t error_size);
void store_close(struct carillon_storage *store);

#endif
