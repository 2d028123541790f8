#include "connection.h"
#include "read.h"
#include "store.h"
#include "write.h"

const struct carillon_host *sqlite_host;
struct carillon_plugin_self *sqlite_self;

static const struct carillon_option options[] = {
    { .name = "path",
      .type = CARILLON_OPTION_PATH,
      .default_value = "\"carillon.db\"",
      .help = "The database file; it is made when it is missing.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "readers",
      .type = CARILLON_OPTION_INT,
      .unit = "threads",
      .min = 1,
      .max = 64,
      .default_value = "3",
      .help = "Threads that read; the one that writes comes besides.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "max_batch",
      .type = CARILLON_OPTION_INT,
      .unit = "requests",
      .min = 1,
      .max = 10000,
      .default_value = "512",
      .help = "At most so many waiting writes are committed together.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "client_id_ttl",
      .type = CARILLON_OPTION_DURATION,
      .min = 60000,
      .max = INT64_C(366) * 86400000,
      .default_value = "\"7d\"",
      .help = "How long the client id of a publish is remembered, whether its message is kept or not.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "fold_rows",
      .type = CARILLON_OPTION_INT,
      .unit = "rows",
      .min = 1,
      .max = 100000,
      .default_value = "2048",
      .help = "What is ordered by author is put in order when so many messages have been written.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "cache_size",
      .type = CARILLON_OPTION_SIZE,
      .min = 65536,
      .max = INT64_C(1) << 36,
      .default_value = "\"16M\"",
      .help = "Database pages that each thread keeps in memory.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "checkpoint_size",
      .type = CARILLON_OPTION_SIZE,
      .min = 65536,
      .max = INT64_C(1) << 32,
      .default_value = "\"8M\"",
      .help = "The write-ahead log is moved into the database file when it has grown to this.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "read_time_max",
      .type = CARILLON_OPTION_DURATION,
      .min = 100,
      .max = 600000,
      .default_value = "\"5s\"",
      .help = "A search or another read that takes longer is given up.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "synchronous",
      .type = CARILLON_OPTION_BOOL,
      .default_value = "true",
      .help =
          "Wait for the disk before a write is acknowledged; with false a loss of power loses acknowledged messages.",
      .flags = CARILLON_OPTION_RESTART },
};

static struct carillon_storage_ops ops = {
    .size = sizeof(ops),
    .name = "sqlite",
    .writers = 1,
    .open = store_open,
    .close = store_close,
    .thread_open = thread_open,
    .thread_close = thread_close,
    .write = write_batch,
    .read = read_request,
};

static enum carillon_result plugin_init(const struct carillon_host *host, struct carillon_plugin_self *self,
                                        char *error)
{
    sqlite_host = host;
    sqlite_self = self;
    if (sqlite3_libversion_number() < 3040000 || !sqlite3_threadsafe()) {
        sqlite3_snprintf(256, error, "SQLite %s is too old or built without threads: 3.40 or newer is needed",
                         sqlite3_libversion());
        return CARILLON_UNSUPPORTED;
    }
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody reads it, and it takes a lock at every malloc */
    ops.readers = (unsigned)host->option_int(self, "readers");
    ops.max_batch = (unsigned)host->option_int(self, "max_batch");
    return host->storage_add(self, &ops);
}

CARILLON_PLUGIN("sqlite", "0.1.0", .options = options, .option_count = sizeof(options) / sizeof(*options),
                .init = plugin_init);
