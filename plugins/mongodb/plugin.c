#include "read.h"
#include "store.h"
#include "write.h"

#include <stdio.h>

const struct carillon_host *mongodb_host;
struct carillon_plugin_self *mongodb_self;

static const struct carillon_option options[] = {
    { .name = "uri",
      .type = CARILLON_OPTION_SECRET,
      .min = 1,
      .max = 4096,
      .default_value = "\"mongodb://127.0.0.1:27017/carillon?replicaSet=rs0\"",
      .help = "The connection string as MongoDB's own tools take it; the path names the database.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "writers",
      .type = CARILLON_OPTION_INT,
      .unit = "threads",
      .min = 1,
      .max = 16,
      .default_value = "2",
      .help = "Threads that write; each conversation has its own of them.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "readers",
      .type = CARILLON_OPTION_INT,
      .unit = "threads",
      .min = 1,
      .max = 64,
      .default_value = "4",
      .help = "Threads that read.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "max_batch",
      .type = CARILLON_OPTION_INT,
      .unit = "requests",
      .min = 1,
      .max = 1000,
      .default_value = "256",
      .help = "At most so many waiting writes are one transaction.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "client_id_ttl",
      .type = CARILLON_OPTION_DURATION,
      .min = 60000,
      .max = INT64_C(366) * 86400000,
      .default_value = "\"7d\"",
      .help = "How long the client id of a publish is remembered, whether its message is kept or not.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "read_time_max",
      .type = CARILLON_OPTION_DURATION,
      .min = 100,
      .max = 600000,
      .default_value = "\"5s\"",
      .help = "A search or another read that takes longer is given up.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "write_time_max",
      .type = CARILLON_OPTION_DURATION,
      .min = 100,
      .max = 600000,
      .default_value = "\"10s\"",
      .help = "So long a batch of writes is tried again while there is no primary or others write the same.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "foreign_app",
      .type = CARILLON_OPTION_STRING,
      .min = 1,
      .max = 64,
      .default_value = "\"main\"",
      .help = "The app of other programs' messages that name none.",
      .flags = CARILLON_OPTION_RESTART },
};

static struct carillon_storage_ops ops = {
    .size = sizeof(ops),
    .name = "mongodb",
    .open = store_open,
    .close = store_close,
    .thread_open = thread_open,
    .thread_close = thread_close,
    .write = write_batch,
    .read = read_request,
};

/* libmongoc logs to stderr else. What fails is told by whoever wanted it; the driver's own words are for developers. */
static void take_driver_log(mongoc_log_level_t level, const char *domain, const char *text, void *arg)
{
    (void)arg;
    if (level == MONGOC_LOG_LEVEL_ERROR || level == MONGOC_LOG_LEVEL_CRITICAL)
        store_log(ERROR, "%s: %s", domain, text);
    else if (level <= MONGOC_LOG_LEVEL_INFO)
        store_log(DEBUG, "%s: %s", domain, text);
}

static enum carillon_result plugin_init(const struct carillon_host *host, struct carillon_plugin_self *self,
                                        char *error)
{
    mongodb_host = host;
    mongodb_self = self;
    if (!mongoc_check_version(1, 23, 0)) {
        snprintf(error, 256, "libmongoc %s is too old: 1.23 or newer is needed", mongoc_get_version());
        return CARILLON_UNSUPPORTED;
    }
    /* Once a process, and never undone: libmongoc cannot be initialised again. */
    mongoc_init();
    mongoc_log_set_handler(take_driver_log, NULL);
    ops.writers = (unsigned)host->option_int(self, "writers");
    ops.readers = (unsigned)host->option_int(self, "readers");
    ops.max_batch = (unsigned)host->option_int(self, "max_batch");
    return host->storage_add(self, &ops);
}

CARILLON_PLUGIN("mongodb", "0.1.0", .options = options, .option_count = sizeof(options) / sizeof(*options),
                .init = plugin_init);
