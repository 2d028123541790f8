#include "api.h"
#include "api_replays.h"
#include "client.h"
#include "fallback.h"
#include "outgoing.h"
#include "socket_id.h"

struct pusher_plugin pusher;

static const struct carillon_option options[] = {
    { .name = "prefix",
      .type = CARILLON_OPTION_STRING,
      .max = 200,
      .default_value = "\"\"",
      .help = "A path, such as \"/realtime\", below which clients and servers are served too.",
      .flags = CARILLON_OPTION_RESTART },
    { .name = "activity_timeout",
      .type = CARILLON_OPTION_DURATION,
      .min = 1000,
      .max = 3600000,
      .default_value = "\"2m\"",
      .help = "After so much silence a client is asked whether it is still there; clients are told so too." },
    { .name = "pong_timeout",
      .type = CARILLON_OPTION_DURATION,
      .min = 500,
      .max = 600000,
      .default_value = "\"30s\"",
      .help = "A client that was asked and says nothing for so long is closed." },
    { .name = "inactive_timeout",
      .type = CARILLON_OPTION_DURATION,
      .min = 1000,
      .max = INT64_C(30) * 24 * 3600 * 1000,
      .default_value = "\"24h\"",
      .help = "A client that says nothing but ping and pong for so long is closed, to connect again." },
    { .name = "fallback_heartbeat",
      .type = CARILLON_OPTION_DURATION,
      .min = 1000,
      .max = 25000,
      .default_value = "\"20s\"",
      .help =
          "A poll that has nothing to tell is answered after so long, and a stream says so often that it is there." },
    { .name = "fallback_grace",
      .type = CARILLON_OPTION_DURATION,
      .min = 1000,
      .max = 300000,
      .default_value = "\"10s\"",
      .help = "A client over HTTP that has neither a poll nor a stream open for so long is gone." },
    { .name = "outgoing",
      .type = CARILLON_OPTION_RECORD,
      .help = "How webhooks and relays are sent.",
      .fields = outgoing_options,
      .field_count = OUTGOING_OPTION_COUNT },
};

static void warn_of_development(void)
{
    const struct carillon_app *app;
    for (size_t i = 0; (app = pusher.host->app_at(i)) != NULL; i++)
        if (app->development)
            pusher.host->log(
                pusher.self, CARILLON_LOG_WARNING,
                "app %s has the well-known id \"%s\", key \"%s\" and secret \"%s\", since only this machine "
                "reaches the daemon: set apps.%s.key and .secret before others do",
                app->name.ptr, app->id.ptr, app->key.ptr, app->secret.ptr, app->name.ptr);
}

static void stop(void)
{
    outgoing_free();
    fallback_close();
    quotas_free();
    replays_free();
}

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error; /* what fails here is told by the host, which knows the names that clash */
    pusher.host = host;
    pusher.self = self;
    enum carillon_result result = socket_ids_open() ? codecs_add() : CARILLON_UNAVAILABLE;
    if (result == CARILLON_OK)
        result = endpoints_add(host->option_str(self, "prefix").ptr);
    if (result == CARILLON_OK)
        result = fallback_add(host->option_str(self, "prefix").ptr);
    if (result == CARILLON_OK)
        result = api_add(host->option_str(self, "prefix").ptr);
    if (result == CARILLON_OK)
        result = page_auth_add();
    if (result == CARILLON_OK)
        result = outgoing_add(host->option_str(self, "prefix").ptr);
    if (result == CARILLON_OK)
        warn_of_development();
    return result;
}

CARILLON_PLUGIN("pusher", "0.1.0", .options = options, .option_count = sizeof options / sizeof options[0], .init = init,
                .stop = stop);
