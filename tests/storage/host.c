/* The host's side: loading the plugin, its options, clock and log. */
#include "fixture.h"
#include "host.h"

#include "base/arena.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SETTINGS_MAX = 32 };

struct setting {
    char name[64], value[512];
};

static const struct carillon_plugin *plugin;
static struct carillon_storage_ops plugin_storage;
static struct setting base_settings[SETTINGS_MAX], settings[SETTINGS_MAX];
static size_t base_setting_count, setting_count;
static char folder[256];
static unsigned folder_count;
static int64_t clock_offset;
static char log_text[512];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 3, 4))) static void host_log(struct carillon_plugin_self *self,
                                                           enum carillon_log_level level, const char *format, ...)
{
    char text[512];
    va_list args;
    (void)self;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (getenv("STORAGE_TEST_LOG"))
        fprintf(stderr, "[%d] %s\n", (int)level, text);
    if (level > CARILLON_LOG_WARNING)
        return;
    pthread_mutex_lock(&log_lock);
    memcpy(log_text, text, sizeof(text));
    pthread_mutex_unlock(&log_lock);
}

const char *last_log(void)
{
    return log_text;
}

static const struct carillon_option *find_option(const char *name)
{
    for (size_t i = 0; i < plugin->option_count; i++) {
        if (strcmp(plugin->options[i].name, name) == 0)
            return &plugin->options[i];
    }
    fprintf(stderr, "the plugin asks for option %s, which it does not declare\n", name);
    abort();
}

/* "{dir}" at the front becomes the test's folder. */
static void expand(char *out, size_t size, const char *value)
{
    if (strncmp(value, "{dir}", 5) == 0)
        snprintf(out, size, "%s%s", folder, value + 5);
    else
        snprintf(out, size, "%s", value);
}

/* As the configuration would give it: what was set, else the default without its quotes. */
static const char *option_value(const char *name)
{
    static _Thread_local char value[1024];
    const struct carillon_option *option = find_option(name);
    for (size_t i = setting_count; i-- > 0;) {
        if (strcmp(settings[i].name, name) == 0) {
            expand(value, sizeof(value), settings[i].value);
            return value;
        }
    }
    snprintf(value, sizeof(value), "%s", option->default_value ? option->default_value : "");
    size_t len = strlen(value);
    if (len >= 2 && value[0] == '"') {
        value[len - 1] = '\0';
        return value + 1;
    }
    return value;
}

static int64_t unit_of(const char *suffix, enum carillon_option_type type)
{
    static const struct {
        enum carillon_option_type type;
        const char *suffix;
        int64_t factor;
    } units[] = {
        { CARILLON_OPTION_SIZE, "k", 1 << 10 },         { CARILLON_OPTION_SIZE, "M", 1 << 20 },
        { CARILLON_OPTION_SIZE, "G", 1 << 30 },         { CARILLON_OPTION_DURATION, "ms", 1 },
        { CARILLON_OPTION_DURATION, "s", 1000 },        { CARILLON_OPTION_DURATION, "m", 60000 },
        { CARILLON_OPTION_DURATION, "h", 3600 * 1000 }, { CARILLON_OPTION_DURATION, "d", 86400 * 1000 },
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (units[i].type == type && strcmp(units[i].suffix, suffix) == 0)
            return units[i].factor;
    }
    return type == CARILLON_OPTION_DURATION ? 1000 : 1;
}

static int64_t host_option_int(struct carillon_plugin_self *self, const char *name)
{
    (void)self;
    const char *value = option_value(name);
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        return *value == 't';
    char *suffix;
    long long number = strtoll(value, &suffix, 10);
    return number * unit_of(suffix, find_option(name)->type);
}

static struct carillon_str host_option_str(struct carillon_plugin_self *self, const char *name)
{
    static char kept[16][1024]; /* lives long enough for a test */
    static unsigned next;
    (void)self;
    char *copy = kept[next++ % 16];
    snprintf(copy, sizeof(kept[0]), "%s", option_value(name));
    return str(copy);
}

static int64_t clock_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t host_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME) + clock_offset;
}

static int64_t host_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static enum carillon_result host_storage_add(struct carillon_plugin_self *self, const struct carillon_storage_ops *ops)
{
    (void)self;
    assert_int_equal(ops->size, sizeof(*ops));
    plugin_storage = *ops;
    return CARILLON_OK;
}

/* A storage plugin may use these; anything else is NULL and would crash. */
static const struct carillon_host host = {
    .size = sizeof(host),
    .abi_major = CARILLON_ABI_MAJOR,
    .abi_minor = CARILLON_ABI_MINOR,
    .log = host_log,
    .arena_alloc = arena_alloc,
    .option_int = host_option_int,
    .option_str = host_option_str,
    .now_ms = host_now_ms,
    .monotonic_ms = host_monotonic_ms,
    .storage_add = host_storage_add,
};

void clock_move(int64_t ms)
{
    clock_offset = ms;
}

int64_t host_now(void)
{
    return host_now_ms();
}

void option_set(const char *name, const char *value)
{
    assert_true(setting_count < SETTINGS_MAX);
    snprintf(settings[setting_count].name, sizeof(settings[0].name), "%s", name);
    snprintf(settings[setting_count].value, sizeof(settings[0].value), "%s", value);
    setting_count++;
}

void option_reset(void)
{
    memcpy(settings, base_settings, sizeof(settings));
    setting_count = base_setting_count;
}

struct carillon_str option_get(const char *name)
{
    return host_option_str(NULL, name);
}

static const char *base_setting(const char *name)
{
    for (size_t i = 0; i < base_setting_count; i++) {
        if (strcmp(base_settings[i].name, name) == 0)
            return base_settings[i].value;
    }
    return NULL;
}

void host_begin_test(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof(folder), "%s/carillon-storage-%ld-%u", base ? base : "/tmp", (long)getpid(),
             folder_count++);
    char command[600];
    snprintf(command, sizeof(command), "rm -rf '%s' && mkdir -m 700 '%s'", folder, folder);
    assert_int_equal(system(command), 0);
    option_reset();
    const char *uri = base_setting("uri");
    assert_true(!uri || mongodb_empty(uri));
    clock_offset = 0;
    log_text[0] = '\0';
}

void host_end_test(void)
{
    char command[600];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

const char *host_folder(void)
{
    return folder;
}

bool plugin_load(const char *path, const char *const *pairs, size_t n)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    plugin = object ? dlsym(object, "carillon_plugin_descriptor") : NULL;
    if (!plugin) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    if (plugin->magic != CARILLON_PLUGIN_MAGIC || plugin->struct_size != sizeof(*plugin)) {
        fprintf(stderr, "%s is no plugin of this version\n", path);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char *equals = strchr(pairs[i], '=');
        if (!equals)
            return false;
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(equals - pairs[i]), pairs[i]);
        option_set(name, equals + 1);
    }
    memcpy(base_settings, settings, sizeof(settings));
    base_setting_count = setting_count;
    char error[256] = "";
    if (plugin->init(&host, NULL, error) != CARILLON_OK || !plugin_storage.open) {
        fprintf(stderr, "%s: %s\n", path, error);
        return false;
    }
    return true;
}

const struct carillon_storage_ops *plugin_ops(void)
{
    return &plugin_storage;
}
