/*
 * GET /bad/timer starts timers that it never stops and whose memory it forgets about: one for later, one that would fire
 * after the daemon is gone. In init, where there is no worker, it cannot have one.
 */
#include <carillon/plugin.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;

static char soon[] = "soon", leaked[] = "leaked";

static void fire(void *arg)
{
    host->log(self, CARILLON_LOG_NOTICE, "timer %s fired", (const char *)arg);
}

static void start_timers(const struct carillon_http_request *request, void *user)
{
    (void)user;
    carillon_handle timer;
    if (host->timer_start(self, 50, fire, soon, &timer) == CARILLON_OK &&
        host->timer_start(self, 3600000, fire, leaked, &timer) == CARILLON_OK &&
        host->timer_start(self, 3600000, fire, leaked, NULL) == CARILLON_OK)
        host->http_respond(request->handle, 200, NULL, 0, CARILLON_STR("started"));
}

static const struct carillon_http_route route = {
    .size = sizeof route, .method = "GET", .pattern = "/bad/timer", .handle = start_timers
};

static enum carillon_result init(const struct carillon_host *table, struct carillon_plugin_self *me, char *error)
{
    (void)error;
    host = table;
    self = me;
    carillon_handle timer = 0;
    host->log(self, CARILLON_LOG_NOTICE, "timer in init: %d", host->timer_start(self, 1, fire, soon, &timer));
    return host->route_add(self, &route);
}

static void stop(void)
{
    host->log(self, CARILLON_LOG_NOTICE, "stopped");
}

CARILLON_PLUGIN("bad_timer", "1", .init = init, .stop = stop);
