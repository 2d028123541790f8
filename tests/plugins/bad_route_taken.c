/* Wants a path of the daemon's own, and gives up when it does not get it. */
#include <carillon/plugin.h>

#include <stdio.h>

static void answer(const struct carillon_http_request *request, void *user)
{
    const struct carillon_host *host = user;
    host->http_respond(request->handle, 200, NULL, 0, CARILLON_STR("stolen"));
}

static struct carillon_http_route route = {
    .size = sizeof route, .method = "GET", .pattern = "/healthz", .handle = answer
};

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    route.user = (void *)host;
    enum carillon_result result = host->route_add(self, &route);
    if (result != CARILLON_OK)
        snprintf(error, 256, "/healthz is taken; there is no cure");
    return result;
}

CARILLON_PLUGIN("bad_route_taken", "1", .init = init);
