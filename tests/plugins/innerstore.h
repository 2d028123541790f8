/*
 * A storage that is SQLite's plugin but for what the test plugin that includes this puts between: it fills store_name and
 * store_wrap, and loads with store_init. The option `inner` names SQLite's plugin.
 */
#ifndef TESTS_PLUGINS_INNERSTORE_H
#define TESTS_PLUGINS_INNERSTORE_H

#include <carillon/plugin.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BATCH_MAX = 256 };

static const struct carillon_host *real_host;
static struct carillon_plugin_self *own_self;
static struct carillon_host shown_host; /* to the plugin inside: the real one, but for options and storage_add */
static struct carillon_storage_ops ops; /* the inner ones with another name and other functions */

static const char store_name[];
/* Puts other functions into the inner operations. */
static void store_wrap(struct carillon_storage_ops *operations);

static int64_t inner_option_int(struct carillon_plugin_self *self, const char *name)
{
    static const struct {
        const char *name;
        int64_t value;
    } values[] = {
        { "readers", 2 },          { "max_batch", BATCH_MAX },     { "client_id_ttl", 86400000 },
        { "cache_size", 1 << 20 }, { "checkpoint_size", 1 << 20 }, { "read_time_max", 30000 },
        { "synchronous", 1 },
    };
    (void)self;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i].name, name) == 0)
            return values[i].value;
    return 0;
}

static struct carillon_str inner_option_str(struct carillon_plugin_self *self, const char *name)
{
    (void)self;
    return real_host->option_str(own_self, name);
}

static void sleep_ms(long ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static enum carillon_result inner_storage_add(struct carillon_plugin_self *self,
                                              const struct carillon_storage_ops *inner)
{
    (void)self;
    ops = *inner;
    ops.name = store_name;
    store_wrap(&ops);
    return CARILLON_OK;
}

static enum carillon_result store_init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    real_host = host;
    own_self = self;
    void *object = dlopen(host->option_str(self, "inner").ptr, RTLD_NOW | RTLD_LOCAL);
    const struct carillon_plugin *inner = object ? dlsym(object, "carillon_plugin_descriptor") : NULL;
    if (!inner) {
        snprintf(error, 256, "%s", dlerror());
        return CARILLON_NOT_FOUND;
    }
    shown_host = *host;
    shown_host.option_int = inner_option_int;
    shown_host.option_str = inner_option_str;
    shown_host.storage_add = inner_storage_add;
    enum carillon_result result = inner->init(&shown_host, self, error);
    return result == CARILLON_OK ? host->storage_add(self, &ops) : result;
}

static const struct carillon_option store_options[] = {
    { .name = "inner",
      .type = CARILLON_OPTION_STRING,
      .default_value = "\"\"",
      .help = "SQLite's plugin",
      .max = 4096 },
    { .name = "path", .type = CARILLON_OPTION_PATH, .default_value = "\"fault.db\"", .help = "The database" },
};

#endif
