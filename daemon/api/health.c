#include "api/authenticate.h"
#include "api/call.h"
#include "api/state.h"
#include "session/revocation.h"
#include "stats/stats.h"
#include "storage/storage.h"

#include <stdlib.h>
#include <string.h>

static void write_status(struct call *call, const char *status)
{
    json_object_begin(&call->out, NULL);
    json_write_text(&call->out, "status", status);
    json_object_end(&call->out);
    call_reply(call, 200);
}

void health_alive(struct call *call)
{
    write_status(call, "alive");
}

static void storage_answered(struct carillon_storage_request *request, void *arg)
{
    struct call *call = arg;
    bool good = request->result >= 0 && revocations_are_loaded(); /* else nobody with a token is let in */
    storage_request_free(request);
    if (good)
        write_status(call, "ready");
    else
        call_fail(call, ERROR_STORAGE_UNAVAILABLE);
}

void health_ready(struct call *call)
{
    if (api_is_draining()) {
        call_fail(call, ERROR_SHUTTING_DOWN);
        return;
    }
    struct carillon_storage_request *request = storage_request_new(CARILLON_STORAGE_PING, CARILLON_STR(""));
    if (request)
        storage_submit(request, storage_answered, call);
    else
        call_fail(call, ERROR_BUSY);
}

/* ---- metrics ---- */

static bool is_local(struct carillon_str address)
{
    return !address.len || strncmp(address.ptr, "127.", 4) == 0 || strcmp(address.ptr, "::1") == 0 ||
           strncmp(address.ptr, "unix", 4) == 0;
}

static bool may_see_metrics(struct call *call)
{
    switch (api_metrics_for()) {
    case METRICS_EVERYBODY:
        return true;
    case METRICS_LOCAL:
        if (is_local(call->address))
            return true;
        break;
    case METRICS_SERVER:
        break;
    }
    return authenticate_bearer(call) == ERROR_NONE && call->identity->server;
}

void health_metrics(struct call *call)
{
    size_t len = 0;
    if (!may_see_metrics(call)) {
        call_fail_with(call, ERROR_FORBIDDEN, "The metrics are for servers with an API key; see api.metrics.");
        return;
    }
    char *text = stats_render(&len);
    if (text)
        call_reply_text(call, 200, STATS_CONTENT_TYPE, (struct carillon_str){ text, len });
    else
        call_fail(call, ERROR_BUSY);
    free(text);
}
