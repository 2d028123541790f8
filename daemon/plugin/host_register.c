#include "plugin/host_private.h"

#include "base/error.h"
#include "base/log.h"
#include "channel/observe.h"
#include "fanout/codec.h"
#include "hook/hook.h"
#include "listener/listener.h"
#include "plugin/drain.h"
#include "stats/stats.h"

#include <string.h>

/* What was refused is said once, with the plugin's name; the plugin's init decides whether it can live without. */
static enum carillon_result noted(struct carillon_plugin_self *self, enum ledger_kind kind, const void *thing,
                                  unsigned id, enum carillon_result result, const char *what)
{
    if (result == CARILLON_OK)
        ledger_note(self, kind, thing, id);
    else
        log_error("plugin", "%s: %s is refused: %s", self->descriptor->name, what, result_text(result));
    return result;
}

enum carillon_result host_storage_add(struct carillon_plugin_self *self, const struct carillon_storage_ops *ops)
{
    enum carillon_result result = CARILLON_OK;
    if (ops->size != sizeof *ops || !ops->name || !ops->open || !ops->close || !ops->thread_open ||
        !ops->thread_close || !ops->write || !ops->read)
        result = CARILLON_INVALID;
    else if (plugins_find_storage((struct carillon_str){ ops->name, strlen(ops->name) }))
        result = CARILLON_EXISTS;
    return noted(self, LEDGER_STORAGE, ops, 0, result, "a storage");
}

enum carillon_result host_route_add(struct carillon_plugin_self *self, const struct carillon_http_route *route)
{
    enum carillon_result result = route->size == sizeof *route ? listener_add_route(route) : CARILLON_INVALID;
    return noted(self, LEDGER_ROUTE, route, 0, result, route->pattern ? route->pattern : "a route without a pattern");
}

enum carillon_result host_ws_endpoint_add(struct carillon_plugin_self *self,
                                          const struct carillon_ws_endpoint *endpoint)
{
    enum carillon_result result = endpoint->size == sizeof *endpoint ? listener_add_endpoint(endpoint)
                                                                     : CARILLON_INVALID;
    return noted(self, LEDGER_ENDPOINT, endpoint, 0, result,
                 endpoint->pattern ? endpoint->pattern : "an endpoint without a pattern");
}

enum carillon_result host_codec_add(struct carillon_plugin_self *self, const struct carillon_codec *codec, unsigned *id)
{
    unsigned own = 0;
    enum carillon_result result = codec->size == sizeof *codec && codec->name && codec->encode ? codec_add(codec, &own)
                                                                                               : CARILLON_INVALID;
    if (result == CARILLON_OK)
        *id = own;
    return noted(self, LEDGER_CODEC, codec, own, result, "a codec");
}

enum carillon_result host_hook_add(struct carillon_plugin_self *self, const struct carillon_hook *hook)
{
    enum carillon_result result = hook->size == sizeof *hook ? hook_add(self, hook) : CARILLON_INVALID;
    return noted(self, LEDGER_HOOK, hook, 0, result, hook->id ? hook->id : "a hook without an id");
}

enum carillon_result host_observer_add(struct carillon_plugin_self *self, const struct carillon_observer *observer)
{
    enum carillon_result result = observer->size == sizeof *observer ? observer_add(observer) : CARILLON_INVALID;
    return noted(self, LEDGER_OBSERVER, observer, 0, result, "an observer");
}

static struct stat_metric metric_of(struct carillon_plugin_self *self, const struct carillon_metric *metric)
{
    return (
        struct stat_metric){ .family = metric->family, .labels = metric->labels, .help = metric->help, .owner = self };
}

enum carillon_result host_counter_add(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                      unsigned *id)
{
    struct stat_metric own = metric_of(self, metric);
    enum carillon_result result = metric->size == sizeof *metric ? stats_register_counter(&own, id) : CARILLON_INVALID;
    return noted(self, LEDGER_METRICS, metric, 0, result, metric->family);
}

enum carillon_result host_gauge_add(struct carillon_plugin_self *self, const struct carillon_metric *metric,
                                    carillon_gauge_fn read, void *arg)
{
    struct stat_metric own = metric_of(self, metric);
    enum carillon_result result = metric->size == sizeof *metric && read ? stats_register_gauge(&own, read, arg)
                                                                         : CARILLON_INVALID;
    return noted(self, LEDGER_METRICS, metric, 0, result, metric->family);
}

enum carillon_result host_drain_add(struct carillon_plugin_self *self, const struct carillon_drain *drain)
{
    enum carillon_result result = drain->size == sizeof *drain ? drain_add(drain) : CARILLON_INVALID;
    return noted(self, LEDGER_DRAIN, drain, 0, result, "a drain");
}
