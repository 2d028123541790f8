#include "api/api.h"
#include "api/call.h"
#include "api/state.h"
#include "base/log.h"
#include "listener/listener.h"
#include "session/throttle.h"

#include <stdatomic.h>
#include <string.h>

static const struct api_route routes[] = {
#define API_X(method_, pattern_, access_, body_, handler)                                                              \
    { .http = { .size = sizeof(struct carillon_http_route),                                                            \
                .method = #method_,                                                                                    \
                .pattern = pattern_,                                                                                   \
                .body_max = body_,                                                                                     \
                .handle = call_begin,                                                                                  \
                .user = (void *)(uintptr_t)&routes[ROUTE_##handler] },                                                 \
      .access = ROUTE_##access_,                                                                                       \
      .run = handler },
    API_ROUTES(API_X)
#undef API_X
};

static atomic_bool draining;
static atomic_int metrics_for = METRICS_LOCAL;

static const struct carillon_option options[] = {
    { .name = "metrics",
      .type = CARILLON_OPTION_CHOICE,
      .choices = "server|local|everybody",
      .default_value = "\"local\"",
      .help = "Who may read /metrics besides servers with an API key: nobody, this machine, everybody." },
};

enum carillon_result api_declare_options(void)
{
    return config_declare("api", options, sizeof options / sizeof *options);
}

void api_configure(const struct config *config)
{
    static const char *const words[] = {
#define METRICS_X(name, word) [METRICS_##name] = word,
        METRICS_AUDIENCES(METRICS_X)
#undef METRICS_X
    };
    struct carillon_str word = config_str(config_find(config, "api.metrics"));
    for (size_t i = 0; word.ptr && i < sizeof words / sizeof *words; i++)
        if (strcmp(word.ptr, words[i]) == 0)
            atomic_store(&metrics_for, (int)i);
}

const struct api_route *api_routes(size_t *count)
{
    *count = sizeof routes / sizeof *routes;
    return routes;
}

enum carillon_result api_open(const struct config *config)
{
    api_configure(config);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        enum carillon_result result = listener_add_route(&routes[i].http);
        if (result != CARILLON_OK) {
            log_error("api", "%s %s is no route: %s", routes[i].http.method, routes[i].http.pattern,
                      result_text(result));
            return result;
        }
    }
    return CARILLON_OK;
}

void api_close(void)
{
    throttle_free();
}

void api_drain(void)
{
    atomic_store(&draining, true);
}

bool api_is_draining(void)
{
    return atomic_load(&draining);
}

enum metrics_audience api_metrics_for(void)
{
    return (enum metrics_audience)atomic_load(&metrics_for);
}
