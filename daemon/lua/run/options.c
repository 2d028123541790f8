#include "config/config.h"
#include "lua/run/scripts.h"

#define OPTION(NAME, TYPE, DEFAULT, HELP, ...)                                                                         \
    {                                                                                                                  \
        .name = NAME, .type = CARILLON_OPTION_##TYPE, .default_value = DEFAULT, .help = HELP, __VA_ARGS__              \
    }

#define KB (INT64_C(1) << 10)
#define MB (INT64_C(1) << 20)

static const struct carillon_option options[] = {
    OPTION("directory", PATH, "\"" CARILLON_DATA_DIR "/scripts\"",
           "Where relative names in `scripts` start; its folder lib holds what all scripts may require."),
    OPTION("scripts", STRINGS, "{}",
           "Lua files, or folders of them, whose hooks moderate and route messages, such as \"hooks/profanity.lua\".",
           .max = 1000),
    OPTION("settings", STRING, "\"\"",
           "A Lua file, below the directory if its name is relative, that assigns the settings of scripts, such as "
           "links = { allow = { \"example.org\" } }."),
    OPTION("tests", BOOL, "true",
           "Run the tests beside the scripts (NAME_spec.lua) first; if one fails, the scripts are not taken over."),
    OPTION("steps", INT, "500000",
           "Instructions of Lua that one call of a hook may take, and about as much work inside "
           "library functions.",
           .unit = "steps", .min = 1000, .max = 1000000000),
    OPTION("stretch", DURATION, "\"10ms\"", "Processor time that a script may take without a pause.", .min = 1,
           .max = 10000),
    OPTION("call_memory", SIZE, "\"4M\"", "Memory that one call may take.", .min = 64 * KB, .max = 1024 * MB),
    OPTION("memory", SIZE, "\"32M\"", "Memory of all scripts together, a worker.", .min = MB, .max = 4096 * MB),
    OPTION("shared", SIZE, "\"64M\"", "Memory of what scripts share over all workers (`kv`, `limit`).", .min = MB,
           .max = 65536 * MB),
    OPTION(
        "keep", DURATION, "\"10s\"",
        "How often what scripts have stored in `kv` is written to a file, for the next start: a crash loses so much. "
        "0: never, and it is forgotten when the daemon stops.",
        .max = 86400000),
    OPTION("kept", PATH, "\"scripts.kv\"", "That file; another one at the next start."),
    OPTION("waiting", INT, "1000", "Calls that may wait (for time, storage, HTTP) at once, a worker.", .unit = "calls",
           .min = 1, .max = 100000),
    OPTION("faults", INT, "5", "A hook that fails so often in a row is switched off.", .unit = "faults", .min = 1,
           .max = 1000000),
    OPTION("http_allow", STRINGS, "{}",
           "Networks that scripts may ask over HTTP besides public addresses, such as \"127.0.0.1\" or \"10.0.0.0/8\".",
           .max = 1000),
    OPTION("audit", STRING, "\"\"",
           "The file that audit writes its lines to, opened again at a reload; empty: the daemon's log."),
    OPTION("audit_rate", INT, "200", "Lines that audit may write in a second, a worker.", .unit = "lines", .min = 1,
           .max = 1000000),
    OPTION("bot", STRING, "\"bot\"", "The user id in whose name scripts write by themselves.", .min = 1, .max = 128),
    OPTION("bot_name", STRING, "\"Bot\"", "The name that others see of it.", .min = 1, .max = 80),
    OPTION("pause", DURATION, "\"1m\"", "For so long; meanwhile its on_error decides.", .min = 10, .max = 86400000),
};

enum carillon_result scripts_declare_options(void)
{
    return config_declare("lua", options, sizeof options / sizeof *options);
}
