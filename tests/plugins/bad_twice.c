/* Registers everything twice, and structs of a wrong size; goes on all the same. The second of each must be refused. */
#include <carillon/plugin.h>

static void answer(const struct carillon_http_request *request, void *user)
{
    const struct carillon_host *host = user;
    host->http_respond(request->handle, 200, NULL, 0, CARILLON_STR("once"));
}

static struct carillon_http_route routes[] = {
    { .size = sizeof routes[0], .method = "GET", .pattern = "/bad/twice", .handle = answer },
    { .size = sizeof routes[0], .method = "GET", .pattern = "/bad/twice", .handle = answer },
    { .size = 8, .method = "GET", .pattern = "/bad/size", .handle = answer },
};

static enum carillon_result encode(const struct carillon_event *event, struct carillon_encode *out)
{
    (void)event;
    (void)out;
    return CARILLON_DECLINED;
}

static const struct carillon_codec codec = { .size = sizeof codec, .name = "twice", .encode = encode };
static const struct carillon_codec codec_size = { .size = 8, .name = "size", .encode = encode };

static enum carillon_verdict_kind pass(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                       void *user)
{
    (void)call;
    (void)verdict;
    (void)user;
    return CARILLON_VERDICT_PASS;
}

static const struct carillon_hook hook = {
    .size = sizeof hook, .id = "twice", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .run = pass
};
static const struct carillon_hook hook_size = {
    .size = 8, .id = "size", .point = CARILLON_HOOK_MESSAGE_PUBLISH, .run = pass
};

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    unsigned id = 0, again = 99;
    (void)error;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        routes[i].user = (void *)host;
    const int results[] = {
        host->route_add(self, &routes[0]),     host->route_add(self, &routes[1]),
        host->route_add(self, &routes[2]),     host->codec_add(self, &codec, &id),
        host->codec_add(self, &codec, &again), host->codec_add(self, &codec_size, &again),
        host->hook_add(self, &hook),           host->hook_add(self, &hook),
        host->hook_add(self, &hook_size),
    };
    host->log(self, CARILLON_LOG_NOTICE, "results %d %d %d, %d %d %d (%u), %d %d %d", results[0], results[1],
              results[2], results[3], results[4], results[5], again, results[6], results[7], results[8]);
    return CARILLON_OK;
}

CARILLON_PLUGIN("bad_twice", "1", .init = init);
