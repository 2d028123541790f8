/* Its name is none that a configuration could hold. */
#include <carillon/plugin.h>

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error;
    host->log(self, CARILLON_LOG_ERROR, "code of a refused plugin ran");
    return CARILLON_OK;
}

CARILLON_PLUGIN("Bad Name", "1", .init = init);
