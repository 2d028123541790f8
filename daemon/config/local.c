#include "config/local.h"

#include <string.h>

static bool is_local(const char *address)
{
    static const char *const local[] = { "127.", "[::1]", "localhost", "unix:" };
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        if (strncmp(address, local[i], strlen(local[i])) == 0)
            return true;
    return false;
}

const char *config_public_address(const struct config *config)
{
    const struct config_value *listen = config_find(config, "listen");
    for (size_t i = 0; i < config_count(listen); i++) {
        const char *address = config_str(config_field(config_at(listen, i), "address")).ptr;
        if (!is_local(address))
            return address;
    }
    return NULL;
}
