/*
 * carillond: arguments, and the order in which everything starts and stops.
 */
#include "api/api.h"
#include "api/erasure.h"
#include "api/gauges.h"
#include "base/handle.h"
#include "base/hash.h"
#include "base/log.h"
#include "channel/attach.h"
#include "channel/external.h"
#include "channel/home.h"
#include "channel/retention.h"
#include "config/arguments.h"
#include "configuration.h"
#include "fanout/codec.h"
#include "hook/hook.h"
#include "hook/mute.h"
#include "http_client/http_client.h"
#include "listener/assets.h"
#include "listener/listener.h"
#include "loop/signals.h"
#include "lua/run/scripts.h"
#include "plugin/drain.h"
#include "plugin/ledger.h"
#include "session/online.h"
#include "session/options.h"
#include "session/registry.h"
#include "session/session.h"
#include "session/token.h"
#include "stats/stats.h"
#include "storage/copy/copy.h"
#include "storage/storage.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { DRAIN_LOOK_MS = 50 };

static struct arguments arguments;
static struct config *config; /* the main thread's; a reload replaces it */
static struct timer drain_timer;
static int64_t drain_until_ms;

static void reload(int signal_number)
{
    (void)signal_number;
    configuration_reload(&arguments.sources, &config);
}

/* ---- stopping ---- */

static void drain_look(struct timer *timer)
{
    bool idle = sessions_count() == 0 && storage_count_waiting() == 0 && scripts_drained();
    if ((idle && plugins_drained()) || loop_monotonic_ms() >= drain_until_ms)
        workers_quit();
    else
        timer_start(timer, DRAIN_LOOK_MS);
}

static void drain_worker(void *spread_ms)
{
    sessions_close_all(NULL, ERROR_SHUTTING_DOWN, (int64_t)(intptr_t)spread_ms);
}

static void drain(int signal_number)
{
    if (drain_until_ms) { /* asked twice: at once */
        workers_quit();
        return;
    }
    log_notice("main", "draining after signal %d", signal_number);
    drain_until_ms = loop_monotonic_ms() + config_int(config_find(config, "drain.timeout"));
    api_drain();
    listener_drain();
    scripts_drain();
    for (unsigned i = 0; i < workers_count(); i++)
        post_call(i, drain_worker, (void *)(intptr_t)config_int(config_find(config, "drain.jitter")));
    plugins_drain();
    timer_init(&drain_timer, drain_look);
    timer_start(&drain_timer, DRAIN_LOOK_MS);
}

/* ---- the workers' own ends ---- */

static void tell_ready(void);

/* On the main thread, once tokens can be judged, or the storage has shown that it does not answer now: what needs it is
   refused as unavailable then, and what does not goes on. */
static void serve(void *arg)
{
    (void)arg;
    if (drain_until_ms)
        return;
    listener_start();
    tell_ready();
}

static void worker_begins(unsigned index)
{
    scripts_begin_worker();
    if (index)
        return;
    api_load_revocations(serve);
    mutes_load();
    erasures_load();
    retention_start();
}

static void worker_ends(unsigned index)
{
    if (index == 0)
        retention_stop();
    channel_end_worker();
    listener_stop_worker();
    sessions_free_worker();
    hooks_free_worker();
    mutes_free_worker();
    erasures_free_worker();
    scripts_end_worker();
    http_client_end_worker();
    plugin_timers_stop(NULL);
    channels_free_worker();
    topics_free();
    registry_free_worker();
    online_free_worker();
    codec_free_worker();
    listener_free_worker();
    handles_free();
}

/* ---- starting ---- */

static enum carillon_result open_storage(void)
{
    char error[256] = "";
    struct carillon_str name = config_str(config_find(config, "storage"));
    const struct carillon_storage_ops *ops = plugins_find_storage(name);
    if (!ops) {
        log_error("storage", "no plugin provides the storage \"%s\"; list it in `plugins`", name.ptr);
        return CARILLON_NOT_FOUND;
    }
    enum carillon_result result = storage_open(ops, config, error);
    if (result != CARILLON_OK)
        log_error("storage", "%s", error);
    return result;
}

/* In this order; what fails has said why. */
static enum carillon_result start(void)
{
    unsigned workers = (unsigned)config_int(config_find(config, "workers"));
    enum carillon_result result = workers_create(workers ? workers : (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
    if (result == CARILLON_OK)
        result = apps_load(config);
    if (result == CARILLON_OK)
        result = tokens_open(config);
    if (result == CARILLON_OK)
        result = assets_load(config);
    if (result == CARILLON_OK)
        result = listener_open(config);
    if (result == CARILLON_OK)
        result = http_client_open(config);
    if (result == CARILLON_OK)
        result = api_open(config);
    if (result == CARILLON_OK)
        result = gauges_register();
    if (result == CARILLON_OK)
        result = plugins_init(config);
    if (result == CARILLON_OK)
        result = scripts_open(config);
    if (result == CARILLON_OK)
        result = open_storage();
    if (result == CARILLON_OK)
        result = workers_start(worker_begins, worker_ends);
    return result;
}

static void stop(void)
{
    workers_join();
    storage_close();
    scripts_join();
    external_close();
    listener_close();
    plugins_unload();
    api_close();
    http_client_close();
    assets_free();
    tokens_close();
    apps_free();
    signals_close();
    workers_destroy();
    hooks_free();
    scripts_close();
}

/* Readiness is told only now, when a connection would be accepted. */
static void tell_ready(void)
{
    struct json_writer json = { 0 };
    json_object_begin(&json, NULL);
    json_array_begin(&json, "addresses");
    for (size_t i = 0; i < listener_count_addresses(); i++) {
        log_notice("main", "listening on %s", listener_address(i));
        json_write_text(&json, NULL, listener_address(i));
    }
    json_array_end(&json);
    json_write_int(&json, "pid", getpid());
    json_object_end(&json);
    struct carillon_str line = json_writer_str(&json);
    if (arguments.ready_fd >= 0 && dprintf(arguments.ready_fd, "%s\n", line.ptr) < 0)
        log_warning("main", "the descriptor of --ready-fd cannot be written");
    json_writer_free(&json);
}

static int run(void)
{
    signal(SIGPIPE, SIG_IGN);
    enum carillon_result result = start();
    if (result == CARILLON_OK) {
        signal_watch(SIGTERM, drain);
        signal_watch(SIGINT, drain);
        signal_watch(SIGHUP, reload);
        workers_run_main();
    }
    stop();
    log_notice("main", result == CARILLON_OK ? "stopped" : "could not start");
    return result == CARILLON_OK ? 0 : 1;
}

/* Only what the storages need is started. */
static int copy_storage(void)
{
    enum carillon_result result = apps_load(config);
    if (result == CARILLON_OK)
        result = plugins_init(config);
    if (result == CARILLON_OK)
        result = storage_copy(arguments.copy_from, arguments.copy_to);
    plugins_unload();
    apps_free();
    return result == CARILLON_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    hash_seed_init();
    stats_open();
    if (arguments_parse(argc, argv, &arguments) != CARILLON_OK)
        return 2;
    if (arguments.wish == WISH_HELP || arguments.wish == WISH_VERSION) {
        if (arguments.wish == WISH_HELP)
            arguments_print_help();
        else
            puts("carillond " CARILLON_VERSION);
        return 0;
    }
    if (config_declare_daemon() != CARILLON_OK || session_declare_options() != CARILLON_OK ||
        api_declare_options() != CARILLON_OK || http_client_declare_options() != CARILLON_OK ||
        scripts_declare_options() != CARILLON_OK)
        return 1;
    enum carillon_result result = configuration_load(&arguments.sources, &config);
    if (result == CARILLON_OK && arguments.wish == WISH_PRINT_DEFAULTS)
        config_print_defaults(stdout);
    int status = result == CARILLON_OK ? 0 : 1;
    if (result == CARILLON_OK && arguments.wish == WISH_COPY_STORAGE)
        status = copy_storage();
    if (result == CARILLON_OK && arguments.wish == WISH_RUN)
        status = run();
    config_unref(config);
    return status;
}
