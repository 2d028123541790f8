#include "store.h"

#include "connection.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * SQLite's own locks let several processes write in turn; two daemons on one file would each assign positions from what
 * they hold in memory and never hear of the other's messages. So the file belongs to one process.
 */
static enum carillon_result take_lock(struct carillon_storage *store, char *error, size_t error_size)
{
    char path[4096];
    if (snprintf(path, sizeof(path), "%s.lock", store->path) >= (int)sizeof(path)) {
        snprintf(error, error_size, "sqlite.path is too long");
        return CARILLON_INVALID;
    }
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (store->lock_fd < 0) {
        snprintf(error, error_size,
                 "%s cannot be made: %s; check that the folder exists and that this user may write there", path,
                 strerror(errno));
        return CARILLON_UNAVAILABLE;
    }
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        char owner[32] = "";
        ssize_t n = pread(store->lock_fd, owner, sizeof(owner) - 1, 0);
        owner[n > 0 ? strcspn(owner, "\n") : 0] = '\0';
        snprintf(error, error_size,
                 "%s is in use by another process (pid %s); stop that one or set sqlite.path to another file",
                 store->path, *owner ? owner : "unknown");
        return CARILLON_UNAVAILABLE;
    }
    char pid[32];
    int len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    /* For the message above only. */
    if (ftruncate(store->lock_fd, 0) != 0 || pwrite(store->lock_fd, pid, (size_t)len, 0) != len)
        store_log(WARNING, "%s: the process id cannot be written: %s", path, strerror(errno));
    return CARILLON_OK;
}

/* A new file's name must be on the disk before anything in it counts. */
static enum carillon_result sync_folder(const char *path, char *error, size_t error_size)
{
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        snprintf(error, error_size, "the folder of %s cannot be synced: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(copy);
    return ok ? CARILLON_OK : CARILLON_UNAVAILABLE;
}

static enum carillon_result prepare_file(struct carillon_storage *store, char *error, size_t error_size)
{
    sqlite3 *db;
    enum carillon_result result = connection_open(store, &db, error, error_size);
    if (result != CARILLON_OK)
        return result;
    result = schema_migrate(db, store->path, error, error_size);
    sqlite3_close(db);
    return result == CARILLON_OK ? sync_folder(store->path, error, error_size) : result;
}

static void read_options(struct carillon_storage *store)
{
    store->path = strdup(sqlite_host->option_str(sqlite_self, "path").ptr);
    store->fold_rows = (size_t)sqlite_host->option_int(sqlite_self, "fold_rows");
    store->client_id_ttl = sqlite_host->option_int(sqlite_self, "client_id_ttl");
    store->cache_size = sqlite_host->option_int(sqlite_self, "cache_size");
    store->checkpoint_size = sqlite_host->option_int(sqlite_self, "checkpoint_size");
    store->read_time_max = sqlite_host->option_int(sqlite_self, "read_time_max");
    store->sync = sqlite_host->option_int(sqlite_self, "synchronous") != 0;
}

enum carillon_result store_open(struct carillon_storage **out, char *error, size_t error_size)
{
    struct carillon_storage *store = calloc(1, sizeof(*store));
    if (store)
        read_options(store);
    if (!store || !store->path) {
        snprintf(error, error_size, "out of memory");
        free(store);
        return CARILLON_NO_MEMORY;
    }
    store->lock_fd = -1;
    enum carillon_result result = take_lock(store, error, error_size);
    if (result == CARILLON_OK)
        result = prepare_file(store, error, error_size);
    if (result != CARILLON_OK) {
        store_close(store);
        return result;
    }
    if (!store->sync)
        store_log(WARNING, "%s: synchronous is off, a loss of power loses acknowledged messages", store->path);
    *out = store;
    return CARILLON_OK;
}

void store_close(struct carillon_storage *store)
{
    if (store->lock_fd >= 0)
        close(store->lock_fd); /* the lock file stays: removing it would race with the next owner */
    free(store->path);
    free(store);
}
