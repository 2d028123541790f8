/*
 * A storage that is SQLite's plugin but for what the text of a message says:
 *
 *   !late MS    it is stored, and the answer to its batch comes so much later
 *   !lost MS    nothing is heard of its batch for so long, then that it was not stored
 *
 * Once for each client id: a retry is stored like any message. And for the name of who is erased:
 *
 *   Slow ...    each step takes 300 ms
 *   Broken ...  the first end is told as unavailable
 *
 * The one writing thread sleeps meanwhile, as behind a disk
 * that hangs; readers go on.
 */
#include <carillon/plugin.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEN_MAX = 64, BATCH_MAX = 256, ID_SIZE = 80 };

static const struct carillon_host *real_host;
static struct carillon_plugin_self *own_self;
static struct carillon_host shown_host; /* to the plugin inside: the real one, but for options and storage_add */
static struct carillon_storage_ops ops; /* the inner ones with another name and write() */
static enum carillon_result (*inner_write)(struct carillon_storage_thread *thread,
                                           struct carillon_storage_request **requests, size_t n);
static char seen[SEEN_MAX][ID_SIZE]; /* the writing thread's */
static size_t seen_count;

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

static bool is_first(struct carillon_str client_id)
{
    for (size_t i = 0; i < seen_count; i++)
        if (strcmp(seen[i], client_id.ptr) == 0)
            return false;
    if (seen_count < SEEN_MAX)
        snprintf(seen[seen_count++], ID_SIZE, "%s", client_id.ptr);
    return true;
}

/* How long its text says; 0: it is another, or comes again. */
static long delay_of(const struct carillon_storage_request *request, const char *command)
{
    const struct carillon_storage_input *in = &request->in;
    size_t len = strlen(command);
    if (request->op != CARILLON_STORAGE_APPEND || !in->text.ptr || !in->client_id.ptr ||
        strncmp(in->text.ptr, command, len) != 0)
        return 0;
    return is_first(in->client_id) ? strtol(in->text.ptr + len, NULL, 10) : 0;
}

static bool has_name(const struct carillon_storage_request *request, const char *begin)
{
    return request->in.user.name.ptr && strncmp(request->in.user.name.ptr, begin, strlen(begin)) == 0;
}

static enum carillon_result write_slowly(struct carillon_storage_thread *thread,
                                         struct carillon_storage_request **requests, size_t n)
{
    struct carillon_storage_request *kept[BATCH_MAX];
    size_t count = 0;
    long late = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        long ms = delay_of(requests[i], "!lost ");
        if (requests[i]->op == CARILLON_STORAGE_USER_ERASE && has_name(requests[i], "Slow "))
            late = 300;
        if (requests[i]->op == CARILLON_STORAGE_USER_FORGET && has_name(requests[i], "Broken ") &&
            is_first(requests[i]->in.user.id))
            ms = 1;
        lost = ms > lost ? ms : lost;
        requests[i]->result = CARILLON_UNAVAILABLE;
        if (!ms)
            kept[count++] = requests[i];
        ms = delay_of(requests[i], "!late ");
        late = ms > late ? ms : late;
    }
    enum carillon_result result = count ? inner_write(thread, kept, count) : CARILLON_OK;
    sleep_ms(late > lost ? late : lost);
    return result;
}

static enum carillon_result inner_storage_add(struct carillon_plugin_self *self,
                                              const struct carillon_storage_ops *inner)
{
    (void)self;
    ops = *inner;
    inner_write = ops.write;
    ops.name = "faultstore";
    ops.write = write_slowly;
    return CARILLON_OK;
}

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
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

static const struct carillon_option options[] = {
    { .name = "inner",
      .type = CARILLON_OPTION_STRING,
      .default_value = "\"\"",
      .help = "SQLite's plugin",
      .max = 4096 },
    { .name = "path", .type = CARILLON_OPTION_PATH, .default_value = "\"fault.db\"", .help = "The database" },
};

CARILLON_PLUGIN("faultstore", "1", .options = options, .option_count = sizeof options / sizeof *options, .init = init);
