/* Nothing to call. */
#include <carillon/plugin.h>

CARILLON_PLUGIN("bad_no_init", "1", .init = NULL);
