#include "api/call.h"
#include "api/input.h"
#include "fanout/codec.h"
#include "listener/http.h"

static void write_transports(struct json_writer *writer)
{
    json_array_begin(writer, "transports");
    for (unsigned id = 0; id < CODEC_MAX; id++)
        if (codec_name(id))
            json_write_text(writer, NULL, codec_name(id));
    json_array_end(writer);
}

/* What a page must know before anybody signs in. */
void config_show(struct call *call)
{
    struct carillon_str name = query_str(call, "app", 64);
    if (!input_end(call))
        return;
    const struct app *app = app_find(name);
    if (!app) {
        call_fail(call, ERROR_UNKNOWN_APP);
        return;
    }
    if (!http_belongs_to(call->request, app)) {
        call_fail(call, ERROR_ORIGIN_REFUSED);
        return;
    }
    json_object_begin(&call->out, NULL);
    json_write_str(&call->out, "app", app->name);
    json_write_bool(&call->out, "guest", app_settings(app)->guest);
    json_object_begin(&call->out, "limits");
    json_write_uint(&call->out, "text", app_channel_options(app, CARILLON_STR(""))->message_max);
    json_object_end(&call->out);
    json_write_text(&call->out, "version", CARILLON_VERSION);
    write_transports(&call->out);
    json_object_end(&call->out);
    call_reply(call, 200);
}
