#include "plugin/ledger.h"

#include "base/log.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct carillon_plugin_self *plugins;  /* the newest first */
static struct carillon_plugin_self *departed; /* unloaded while the daemon runs */

static bool name_valid(const char *name)
{
    size_t len = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
    return len && name[len] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

/* What is wrong with a descriptor, and the cure; NULL: nothing. Reads no field that an older or newer ABI may not have. */
static const char *descriptor_problem(const struct carillon_plugin *descriptor)
{
    static char text[160];
    if (descriptor->magic != CARILLON_PLUGIN_MAGIC)
        return "it is no Carillon plugin (wrong magic); use an object made with CARILLON_PLUGIN()";
    if (descriptor->abi_major != CARILLON_ABI_MAJOR || descriptor->abi_minor != CARILLON_ABI_MINOR) {
        snprintf(text, sizeof text, "it was built for ABI %u.%u; rebuild against the headers of ABI %u.%u",
                 descriptor->abi_major, descriptor->abi_minor, CARILLON_ABI_MAJOR, CARILLON_ABI_MINOR);
        return text;
    }
    if (descriptor->struct_size != sizeof *descriptor) {
        snprintf(text, sizeof text, "its descriptor has %u bytes, not %zu; rebuild against this daemon's headers",
                 descriptor->struct_size, sizeof *descriptor);
        return text;
    }
    if (!name_valid(descriptor->name) || !descriptor->version)
        return "its descriptor has no valid name and version; a name is [a-z][a-z0-9_]*";
    if (!descriptor->init)
        return "its descriptor has no init function";
    for (const struct carillon_plugin_self *other = plugins; other; other = other->next)
        if (strcmp(other->descriptor->name, descriptor->name) == 0)
            return "a plugin of this name is loaded already; list it once";
    return NULL;
}

static enum carillon_result object_refuse(void *object, const char *file, const char *problem)
{
    log_error("plugin", "cannot load %s: %s", file, problem);
    if (object)
        dlclose(object);
    return CARILLON_INVALID;
}

/* name: as in the configuration's list; NULL when that gives a file. */
static enum carillon_result plugin_declare(const char *file, const char *name)
{
    void *object = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!object) {
        char problem[640];
        snprintf(problem, sizeof problem, "%.512s; build it for this machine against this daemon's headers", dlerror());
        return object_refuse(NULL, file, problem);
    }
    const struct carillon_plugin *descriptor = dlsym(object, "carillon_plugin_descriptor");
    if (!descriptor)
        return object_refuse(object, file,
                             "it exports no carillon_plugin_descriptor; define it with CARILLON_PLUGIN()");
    const char *problem = descriptor_problem(descriptor);
    if (problem)
        return object_refuse(object, file, problem);
    if (name && strcmp(descriptor->name, name) != 0)
        return object_refuse(object, file, "its descriptor has another name than the file; rename one of them");
    if (config_declare(descriptor->name, descriptor->options, descriptor->option_count) != CARILLON_OK)
        return object_refuse(object, file, "its section of options is taken; choose another plugin name");
    struct carillon_plugin_self *self = calloc(1, sizeof *self);
    char *copy = strdup(file);
    if (!self || !copy)
        abort();
    *self = (struct carillon_plugin_self){ .next = plugins, .descriptor = descriptor, .file = copy, .object = object };
    plugins = self;
    return CARILLON_OK;
}

static enum carillon_result plugin_find(const char *name, const char *const *dirs, size_t dir_count)
{
    char file[4096];
    if (strchr(name, '/'))
        return plugin_declare(name, NULL);
    for (size_t i = 0; i < dir_count; i++) {
        snprintf(file, sizeof file, "%s/%s.so", dirs[i], name);
        if (access(file, F_OK) == 0)
            return plugin_declare(file, name);
    }
    log_error("plugin", "cannot load %s: there is no %s.so in %s; install it or correct `plugin_dirs`", name, name,
              dir_count ? dirs[0] : "any folder");
    return CARILLON_NOT_FOUND;
}

enum carillon_result plugins_declare(const char *const *names, size_t name_count, const char *const *dirs,
                                     size_t dir_count, bool skip_failures)
{
    for (size_t i = 0; i < name_count; i++) {
        enum carillon_result result = plugin_find(names[i], dirs, dir_count);
        if (result != CARILLON_OK && !skip_failures)
            return result;
    }
    return CARILLON_OK;
}

static void plugin_drop(struct carillon_plugin_self *self)
{
    ledger_undo(self);
    config_withdraw(self->descriptor->name, self->descriptor->options);
    if (self->initialised && self->descriptor->stop)
        self->descriptor->stop();
    dlclose(self->object);
    plugin_forget_configs(self);
    free(self->file);
    free(self);
}

static enum carillon_result plugin_init(struct carillon_plugin_self *self, struct config *config)
{
    char error[256] = "";
    plugin_take_config(self, config);
    enum carillon_result result = self->descriptor->init(&plugin_host, self, error);
    self->initialised = result == CARILLON_OK;
    if (self->initialised)
        log_info("plugin", "%s %s is loaded", self->descriptor->name, self->descriptor->version);
    else
        log_error("plugin", "cannot start %s: %.255s", self->file, error[0] ? error : "its init function failed");
    return result;
}

/* In the order of the list, which is the opposite of how they are linked. */
static enum carillon_result plugins_init_from(struct carillon_plugin_self **link, struct config *config, bool skip)
{
    struct carillon_plugin_self *self = *link;
    if (!self)
        return CARILLON_OK;
    enum carillon_result result = plugins_init_from(&self->next, config, skip);
    if (result != CARILLON_OK)
        return result;
    if (!self->initialised)
        result = plugin_init(self, config);
    if (result == CARILLON_OK)
        return result;
    *link = self->next;
    plugin_drop(self);
    return skip ? CARILLON_OK : result;
}

enum carillon_result plugins_init(struct config *config)
{
    struct carillon_str failure = config_str(config_find(config, "plugin_failure"));
    return plugins_init_from(&plugins, config, failure.ptr && strcmp(failure.ptr, "skip") == 0);
}

/* ---- a reload ---- */

/* The entry of `plugins` that names it, by name or by file? */
static bool plugin_is_listed(const struct carillon_plugin_self *self, const struct config_value *names)
{
    for (size_t i = 0; i < config_count(names); i++) {
        const char *name = config_str(config_at(names, i)).ptr;
        if (strcmp(name, self->descriptor->name) == 0 || strcmp(name, self->file) == 0)
            return true;
    }
    return false;
}

bool plugin_is_loaded(const char *name)
{
    for (const struct carillon_plugin_self *self = plugins; self; self = self->next)
        if (strcmp(name, self->descriptor->name) == 0 || strcmp(name, self->file) == 0)
            return true;
    return false;
}

/* Its sessions are gone: the rest is undone. The record stays, since the plugin may still name it in what it says. */
static void plugin_left(struct carillon_plugin_self *self)
{
    struct carillon_plugin_self **link = &plugins;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    self->next = departed;
    departed = self;
    ledger_undo(self);
    config_withdraw(self->descriptor->name, self->descriptor->options);
    if (self->descriptor->stop)
        self->descriptor->stop();
    dlclose(self->object);
    log_notice("plugin", "%s is unloaded", self->descriptor->name);
}

void plugins_forget_new(void)
{
    for (struct carillon_plugin_self **link = &plugins, *self; (self = *link);) {
        if (self->initialised) {
            link = &self->next;
            continue;
        }
        *link = self->next;
        plugin_drop(self);
    }
}

void plugins_configure(struct config *config)
{
    const struct config_value *names = config_find(config, "plugins");
    plugins_init_from(&plugins, config, true);
    for (struct carillon_plugin_self *self = plugins; self; self = self->next) {
        plugin_take_config(self, config);
        if (self->leaving || plugin_is_listed(self, names))
            continue;
        if (ledger_has_storage(self))
            log_warning("plugin", "%s provides a storage: it stays until the next start", self->descriptor->name);
        else
            plugin_leave(self, plugin_left);
    }
}

static void departed_free(void)
{
    while (departed) {
        struct carillon_plugin_self *self = departed;
        departed = self->next;
        plugin_forget_configs(self);
        free(self->file);
        free(self);
    }
}

void plugins_unload(void)
{
    while (plugins) {
        struct carillon_plugin_self *self = plugins;
        plugins = self->next;
        plugin_drop(self);
    }
    departed_free();
}

const struct carillon_storage_ops *plugins_find_storage(struct carillon_str name)
{
    for (const struct carillon_plugin_self *self = plugins; self; self = self->next)
        for (const struct ledger_entry *entry = self->entries; entry; entry = entry->next) {
            const struct carillon_storage_ops *ops = entry->thing;
            if (entry->kind == LEDGER_STORAGE && strlen(ops->name) == name.len &&
                memcmp(ops->name, name.ptr, name.len) == 0)
                return ops;
        }
    return NULL;
}
