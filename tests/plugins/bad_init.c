/* Registers a route and a hook, then fails: nothing of it may stay. */
#include <carillon/plugin.h>

#include <stdio.h>

static void answer(const struct carillon_http_request *request, void *user)
{
    const struct carillon_host *host = user;
    host->http_respond(request->handle, 200, NULL, 0, CARILLON_STR("a refused plugin answers"));
}

static struct carillon_http_route route = {
    .size = sizeof route,
    .method = "GET",
    .pattern = "/bad/init",
    .handle = answer,
};

static enum carillon_verdict_kind refuse_all(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                             void *user)
{
    (void)call;
    (void)verdict;
    (void)user;
    return CARILLON_VERDICT_DROP;
}

static const struct carillon_hook hook = {
    .size = sizeof hook,
    .id = "refuse-all",
    .point = CARILLON_HOOK_MESSAGE_PUBLISH,
    .run = refuse_all,
};

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    route.user = (void *)host;
    host->route_add(self, &route);
    host->hook_add(self, &hook);
    snprintf(error, 256, "the flux capacitor is not charged; charge it");
    return CARILLON_UNAVAILABLE;
}

static void stop(void)
{
    fputs("stop of a plugin that never started ran\n", stderr);
}

CARILLON_PLUGIN("bad_init", "1", .init = init, .stop = stop);
