/* Needs a function that nobody has. */
#include <carillon/plugin.h>

extern enum carillon_result function_that_nobody_has(void);

static enum carillon_result init(const struct carillon_host *host, struct carillon_plugin_self *self, char *error)
{
    (void)host;
    (void)self;
    (void)error;
    return function_that_nobody_has();
}

CARILLON_PLUGIN("bad_undefined", "1", .init = init);
