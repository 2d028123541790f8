#include "api.h"

#include <stdlib.h>

static void terminated(void *arg, size_t n)
{
    carillon_handle *request = arg;
    (void)n;
    api_reply_empty(*request);
    free(request);
}

void api_user_terminate(struct api_call *call)
{
    carillon_handle *request = malloc(sizeof *request);
    enum carillon_result result = request ? CARILLON_OK : CARILLON_NO_MEMORY;
    if (request) {
        *request = call->request->handle;
        result = pusher.host->app_disconnect(call->app->name, api_capture(call, 1), terminated, request);
    }
    if (result == CARILLON_OK)
        return;
    free(request);
    const struct carillon_failure failure = pusher.host->failure_of(result);
    api_refuse_failure(call->request->handle, &failure);
}
