#include "configuration.h"

#include "api/api.h"
#include "base/log.h"
#include "channel/ring.h"
#include "config/local.h"
#include "http_client/http_client.h"
#include "listener/listener.h"
#include "lua/run/scripts.h"
#include "plugin/plugin.h"
#include "session/limits.h"
#include "session/token.h"
#include "stats/stats.h"

#include <string.h>

enum { PLUGINS_MAX = 64, PLUGIN_DIRS_MAX = 64 };

/* What any module may look at, at any time. */
static void configure(const struct config *from)
{
    static const char *const levels[] = {
#define CARILLON_X(name, text, journal) text,
        CARILLON_LOG_LEVELS(CARILLON_X)
#undef CARILLON_X
    };
    const char *level = config_str(config_find(from, "log.level")).ptr;
    const char *format = config_str(config_find(from, "log.format")).ptr;
    unsigned chosen = CARILLON_LOG_INFO;
    for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i], level) == 0)
            chosen = i;
    log_configure((enum carillon_log_level)chosen, strcmp(format, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_LINE,
                  (unsigned)config_int(config_find(from, "log.burst")));
    session_limits_configure(from);
    rings_set_bound((size_t)config_int(config_find(from, "limits.rings")));
}

/* Convenient on one's own machine, and seldom meant on a public address. */
static void warn_of_guests(const struct config *config)
{
    const struct config_value *apps = config_find(config, "apps");
    const char *public = config_public_address(config);
    for (size_t i = 0; public && i < config_count(apps); i++)
        if (config_bool(config_field(config_at(apps, i), "guest")))
            log_warning("config",
                        "anybody who reaches %s may sign in to app %s with a name: set apps.%s.guest = false if "
                        "that is not meant",
                        public, config_key(config_at(apps, i)).ptr, config_key(config_at(apps, i)).ptr);
}

static bool skips_failures(const struct config *config)
{
    struct carillon_str failure = config_str(config_find(config, "plugin_failure"));
    return failure.ptr && strcmp(failure.ptr, "skip") == 0;
}

/* All that are listed, or only those that are not loaded yet. */
static enum carillon_result declare_plugins(const struct config *early, bool missing_only)
{
    const struct config_value *names = config_find(early, "plugins"), *dirs = config_find(early, "plugin_dirs");
    const char *name_list[PLUGINS_MAX], *dir_list[PLUGIN_DIRS_MAX];
    size_t name_count = 0, dir_count = 0;
    for (size_t i = 0; i < config_count(names) && i < PLUGINS_MAX; i++) {
        const char *name = config_str(config_at(names, i)).ptr;
        if (!missing_only || !plugin_is_loaded(name))
            name_list[name_count++] = name;
    }
    for (; dir_count < config_count(dirs) && dir_count < PLUGIN_DIRS_MAX; dir_count++)
        dir_list[dir_count] = config_str(config_at(dirs, dir_count)).ptr;
    return plugins_declare(name_list, name_count, dir_list, dir_count, missing_only || skips_failures(early));
}

/* The plugins' options are known only after the list of plugins was read, so the files are read twice. */
static enum carillon_result read_twice(struct config_sources *sources, bool running, struct config **config,
                                       struct config_problems *problems)
{
    struct config *early = NULL;
    sources->undeclared_sections = true;
    enum carillon_result result = config_load(sources, &early, problems);
    sources->undeclared_sections = false;
    if (result != CARILLON_OK)
        return result;
    config_problems_free(problems);
    if (!running)
        configure(early);
    result = declare_plugins(early, running);
    config_unref(early);
    return result == CARILLON_OK ? config_load(sources, config, problems) : result;
}

enum carillon_result configuration_load(struct config_sources *sources, struct config **config)
{
    struct config_problems problems = { 0 };
    enum carillon_result result = read_twice(sources, false, config, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problems.texts[i]);
    config_problems_free(&problems);
    if (result == CARILLON_OK) {
        configure(*config);
        warn_of_guests(*config);
    }
    return result;
}

static void tell_restart(void *arg, const char *path)
{
    (void)arg;
    log_warning("config", "%s takes effect at the next start", path);
}

static void take_over(struct config *fresh, struct config **config)
{
    configure(fresh);
    config_list_restarts(*config, fresh, tell_restart, NULL);
    tokens_configure(fresh);
    api_configure(fresh);
    listener_reload(fresh);
    http_client_configure(fresh);
    plugins_configure(fresh);
    scripts_reload(fresh);
    config_unref(*config);
    *config = fresh;
    stats_count(STAT_RELOADS);
    log_notice("config", "the configuration was read again");
}

void configuration_reload(struct config_sources *sources, struct config **config)
{
    struct config_problems problems = { 0 };
    struct config *fresh = NULL;
    enum carillon_result result = read_twice(sources, true, &fresh, &problems);
    for (size_t i = 0; i < problems.count; i++)
        log_error("config", "%s", problems.texts[i]);
    config_problems_free(&problems);
    if (result == CARILLON_OK)
        result = apps_load(fresh);
    if (result == CARILLON_OK) {
        take_over(fresh, config);
        return;
    }
    log_error("config", "the configuration is not taken over; the one that runs goes on");
    stats_count(STAT_RELOADS_FAILED);
    plugins_forget_new();
    config_unref(fresh);
}
