/*
 * A plugin that does a little of everything: it has an option, answers GET /hello/{name}, and looks at each message
 * before it is published. Nothing here frees or unregisters anything: the host does, when the plugin is unloaded.
 */
#include <carillon/plugin.h>
#include <stdio.h>
#include <string.h>

static const struct carillon_host *host;
static struct carillon_plugin_self *self;

static const struct carillon_option options[] = {
    { .name = "greeting",
      .type = CARILLON_OPTION_STRING,
      .min = 1,
      .max = 64,
      .default_value = "\"Hello\"",
      .help = "The word before the name." },
};

static void answer_hello(const struct carillon_http_request *request, void *user)
{
    const struct carillon_http_param headers[] = {
        { CARILLON_STR("content-type"), CARILLON_STR("text/plain; charset=utf-8") },
    };
    struct carillon_str greeting = host->option_str(self, "greeting");
    struct carillon_str name = request->captures[0].value;
    char body[256];
    (void)user;

    int len = snprintf(body, sizeof body, "%.*s, %.*s!\n", (int)greeting.len, greeting.ptr, (int)name.len, name.ptr);
    if (len < 0 || (size_t)len >= sizeof body) {
        host->http_respond(request->handle, 414, NULL, 0, CARILLON_STR(""));
        return;
    }
    host->http_respond(request->handle, 200, headers, 1, (struct carillon_str){ body, (size_t)len });
}

/* Refuses what nobody could read; everything else goes on to the next hook. */
static enum carillon_verdict_kind check_message(const struct carillon_hook_call *call, struct carillon_verdict *verdict,
                                                void *user)
{
    (void)user;
    if (call->text.len == 0 || strspn(call->text.ptr, " \t\n") < call->text.len)
        return CARILLON_VERDICT_PASS;
    verdict->kind = CARILLON_VERDICT_DROP;
    verdict->code = CARILLON_STR("blank");
    verdict->text = CARILLON_STR("A message needs something to read.");
    return CARILLON_VERDICT_DROP;
}

static const struct carillon_http_route route = {
    .size = sizeof route,
    .method = "GET",
    .pattern = "/hello/{name}",
    .handle = answer_hello,
};

static const struct carillon_hook hook = {
    .size = sizeof hook,
    .id = "blank",
    .point = CARILLON_HOOK_MESSAGE_PUBLISH,
    .priority = 100,
    .run = check_message,
};

/* error has room for 256 bytes; what is written there is shown to the operator when this fails. */
static enum carillon_result init(const struct carillon_host *the_host, struct carillon_plugin_self *the_self,
                                 char *error)
{
    host = the_host;
    self = the_self;
    if (host->route_add(self, &route) != CARILLON_OK) {
        snprintf(error, 256, "GET %s is taken by another plugin; load only one of them", route.pattern);
        return CARILLON_EXISTS;
    }
    if (host->hook_add(self, &hook) != CARILLON_OK) {
        snprintf(error, 256, "the hook \"%s\" could not be added", hook.id);
        return CARILLON_INTERNAL;
    }
    host->log(self, CARILLON_LOG_INFO, "answers GET %s", route.pattern);
    return CARILLON_OK;
}

CARILLON_PLUGIN("hello", "1.0", .options = options, .option_count = sizeof options / sizeof options[0], .init = init);
