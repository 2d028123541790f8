/* Its file has another name than its descriptor: its section of options would be looked for in vain. */
#include <carillon/plugin.h>

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error;
    host->log(self, CARILLON_LOG_ERROR, "code of a refused plugin ran");
    return CARILLON_OK;
}

CARILLON_PLUGIN("quite_another", "1", .init = init);
