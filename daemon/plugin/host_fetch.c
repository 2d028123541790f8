#include "plugin/host_private.h"

#include "http_client/http_client.h"

enum carillon_result host_http_fetch(struct carillon_plugin_self *self, const struct carillon_fetch *fetch,
                                     carillon_fetch_done_fn done, void *arg, carillon_handle *handle)
{
    if (!done)
        return CARILLON_INVALID;
    if (atomic_load(&self->leaving))
        return CARILLON_UNAVAILABLE;
    return http_client_fetch(self, fetch, done, arg, handle);
}
