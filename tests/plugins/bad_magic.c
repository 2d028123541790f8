/* Has a symbol of the right name, but it is no Carillon plugin. */
#include <carillon/plugin.h>

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)error;
    host->log(self, CARILLON_LOG_ERROR, "code of a refused plugin ran");
    return CARILLON_OK;
}

__attribute__((visibility("default"))) const struct carillon_plugin carillon_plugin_descriptor = {
    .magic = 0x1234,
    .struct_size = sizeof(struct carillon_plugin),
    .abi_major = CARILLON_ABI_MAJOR,
    .abi_minor = CARILLON_ABI_MINOR,
    .name = "bad_magic",
    .version = "1",
    .init = init,
};
