/* Built against headers of another ABI. */
#include <carillon/plugin.h>

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error;
    host->log(self, CARILLON_LOG_ERROR, "code of a refused plugin ran");
    return CARILLON_OK;
}

__attribute__((visibility("default"))) const struct carillon_plugin carillon_plugin_descriptor = {
    .magic = CARILLON_PLUGIN_MAGIC,
    .struct_size = sizeof(struct carillon_plugin),
    .abi_major = CARILLON_ABI_MAJOR,
    .abi_minor = CARILLON_ABI_MINOR + 1,
    .name = "bad_abi_minor",
    .version = "1",
    .init = init,
};
