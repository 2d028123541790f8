#include "stream.h"

struct sse_plugin sse;

static const char before[] = "data: ", behind[] = "\n\n";

static enum carillon_result encode_event(const struct carillon_event *event, struct carillon_encode *out)
{
    size_t size = frame_event_size(event) + sizeof before + sizeof behind;
    void *bytes = sse.host->encode_alloc(out, size);
    if (!bytes)
        return CARILLON_NO_MEMORY;
    struct text text = text_in(bytes, size);
    text_put_cstr(&text, before);
    frame_put_event(&text, event);
    text_put_cstr(&text, behind);
    sse.host->encode_done(out, text.len);
    return CARILLON_OK;
}

static const struct carillon_codec codec = {
    .size = sizeof codec,
    .name = "sse",
    .framing = CARILLON_FRAMING_NONE,
    .encode = encode_event,
};

static const struct carillon_http_route route = {
    .size = sizeof route,
    .method = "GET",
    .pattern = "/api/v1/events",
    .handle = sse_open,
};

static const struct carillon_option options[] = {
    { .name = "retry",
      .type = CARILLON_OPTION_DURATION,
      .min = 100,
      .max = 60000,
      .default_value = "\"2s\"",
      .help = "How long a client waits before it reconnects" },
    { .name = "keep_alive",
      .type = CARILLON_OPTION_DURATION,
      .min = 1000,
      .max = 300000,
      .default_value = "\"20s\"",
      .help = "After so much silence a comment is sent, so that proxies keep the connection" },
};

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error; /* what fails here is told by the host, which knows the names that clash */
    sse.host = host;
    sse.self = self;
    enum carillon_result result = host->codec_add(self, &codec, &sse.codec);
    return result == CARILLON_OK ? host->route_add(self, &route) : result;
}

CARILLON_PLUGIN("sse", "0.1.0", .options = options, .option_count = sizeof options / sizeof options[0], .init = init);
