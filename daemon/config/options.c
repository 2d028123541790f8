#include "config/config.h"

/* The options of the daemon's top level that belong to no single module; apps and tokens are session/options.c's. */

#define OPTION(NAME, TYPE, DEFAULT, HELP, ...)                                                                         \
    {                                                                                                                  \
        .name = NAME, .type = CARILLON_OPTION_##TYPE, .default_value = DEFAULT, .help = HELP, __VA_ARGS__              \
    }
#define COUNT(table) (sizeof(table) / sizeof *(table))
#define FIELDS(table) .fields = (table), .field_count = COUNT(table)
#define RESTART .flags = CARILLON_OPTION_RESTART

#define KB (INT64_C(1) << 10)
#define MB (INT64_C(1) << 20)
#define GB (INT64_C(1) << 30)
#define SECOND INT64_C(1000)
#define HOUR (INT64_C(3600) * SECOND)

static const struct carillon_option tls_options[] = {
    OPTION("certificate", PATH, NULL, "The certificate with its chain, in PEM form; read again at a reload."),
    OPTION("key", PATH, NULL, "Its private key, in PEM form."),
};

static const struct carillon_option listen_options[] = {
    OPTION(
        "address", STRING, "\"127.0.0.1:8080\"",
        "\"127.0.0.1:8080\", \"[::]:8080\" (all addresses), or \"unix:/run/carillon/http.sock\"; port 0: any free one.",
        .min = 1, .max = 256),
    OPTION("unix_mode", STRING, "\"0660\"", "Who may connect to a Unix socket: its mode, in octal.", .min = 3,
           .max = 4),
    OPTION("proxy", BOOL, "false",
           "Only a proxy connects here: its X-Forwarded-For and -Proto are believed whatever its address, as of a Unix "
           "socket, which has none."),
    OPTION("tls", RECORD, NULL, "With a certificate and a key: TLS, else none.", FIELDS(tls_options)),
};

static const struct carillon_option log_options[] = {
    OPTION("level", CHOICE, "\"info\"", "The least important that is written.",
           .choices = "error|warning|notice|info|debug"),
    OPTION("format", CHOICE, "\"line\"", "Lines for people and journald, or a JSON object a line.",
           .choices = "line|json"),
    OPTION("burst", INT, "100", "Lines of one kind that are written in a second; of more only the number is told.",
           .unit = "lines", .min = 1, .max = 1000000),
};

static const struct carillon_option storage_options[] = {
    OPTION("max_waiting", INT, "10000",
           "Requests that may wait for the storage; beyond it publishes are refused as busy.", .unit = "requests",
           .min = 1, .max = 1000000),
    OPTION(
        "timeout", DURATION, "\"5s\"",
        "After this a publish that the storage has not answered is told as unknown, to be retried with its client id.",
        .min = 100, .max = 600 * SECOND),
};

static const struct carillon_option limit_options[] = {
    OPTION("connections", INT, "100000", "Connections held in all; more are refused.", .unit = "connections", .min = 1,
           .max = 10000000),
    OPTION("connections_per_address", INT, "1000", "Connections of one client address; trusted proxies are exempt.",
           .unit = "connections", .min = 1, .max = 10000000),
    OPTION("headers", SIZE, "\"16k\"", "The headers of one request, its first line counted.", .min = KB, .max = 64 * KB,
           RESTART),
    OPTION("body", SIZE, "\"2M\"", "The body of one request; most requests have a smaller bound of their own.",
           .min = KB, .max = 64 * MB),
    OPTION("frame", SIZE, "\"128k\"", "One WebSocket message, after inflation; more closes with 1009.", .min = KB,
           .max = 16 * MB),
    OPTION("json_depth", INT, "32", "Levels of JSON in what clients send, the outermost counted.", .unit = "levels",
           .min = 2, .max = 512),
    OPTION("request", DURATION, "\"30s\"", "In this time a request must have come in whole, and be answered.",
           .min = SECOND, .max = HOUR),
    OPTION("first_byte", DURATION, "\"10s\"", "A connection of which not a byte has come after this is closed.",
           .min = SECOND, .max = HOUR),
    OPTION("keep_alive", DURATION, "\"60s\"", "How long a connection may be without a request after an answer.",
           .min = SECOND, .max = HOUR),
    OPTION("send_buffer", SIZE, "\"64k\"",
           "The kernel's buffer of what a TCP connection has not taken yet (SO_SNDBUF); 0: as the system has it.",
           .max = 64 * MB),
    OPTION("unauthenticated", DURATION, "\"10s\"", "A session that has not signed in after this is closed.",
           .min = SECOND, .max = HOUR),
    OPTION("idle", DURATION, "\"60s\"",
           "A WebSocket that was silent for so long, pongs included, is closed; pinged at half.", .min = 2 * SECOND,
           .max = 24 * HOUR),
    OPTION("subscriptions", INT, "200", "Subscriptions of one session.", .unit = "channels", .min = 1, .max = 100000),
    OPTION("publish_burst", INT, "40", "Messages and events that a session may publish back to back.",
           .unit = "messages", .min = 1, .max = 1000000),
    OPTION("publish_rate", INT, "20", "How many more it may publish a second after that.", .unit = "a second", .min = 1,
           .max = 1000000),
    OPTION("passing_burst", INT, "40", "The same for typing, read marks and presence.", .unit = "requests", .min = 1,
           .max = 1000000),
    OPTION("passing_rate", INT, "20", "How many more of these a second.", .unit = "a second", .min = 1, .max = 1000000),
    OPTION("held", INT, "500", "Messages that may wait for a moderator, in one queue of a conversation.",
           .unit = "messages", .max = 1000000),
    OPTION("queue", SIZE, "\"1M\"", "What may wait for one slow reader; beyond it the reader is closed.",
           .min = 16 * KB, .max = GB),
    OPTION("queue_total", SIZE, "\"256M\"", "What may wait for all readers together.", .min = MB, .max = 1024 * GB),
    OPTION("rings", SIZE, "\"256M\"", "Memory of all channels' recent events together.", .min = MB, .max = 1024 * GB),
};

static const struct carillon_option drain_options[] = {
    OPTION("timeout", DURATION, "\"10s\"", "How long a stop waits for the storage and for clients to leave.",
           .max = HOUR),
    OPTION("jitter", DURATION, "\"5s\"", "Clients are told to reconnect at a random moment of this time.", .max = HOUR),
};

static const struct carillon_option web_options[] = {
    OPTION("enabled", BOOL, "true", "Serve the web app.", RESTART),
    OPTION("directory", PATH, "\"" CARILLON_DATA_DIR "/web\"", "The folder with its built files, read at the start.",
           RESTART),
    OPTION("csp", STRING, "\"\"",
           "Directives added to its Content-Security-Policy, such as \"connect-src https://api.example.org\".",
           .max = 2048),
};

static const struct carillon_option top_options[] = {
    OPTION("workers", INT, "0", "Threads that serve clients; 0: one for each core.", .unit = "threads", .max = 64,
           RESTART),
    OPTION("state_dir", PATH, "\"" CARILLON_STATE_DIR "\"",
           "The state folder: the embedded store and keys; relative file names start here.", RESTART),
    OPTION("listen", RECORDS, "{ { address = \"127.0.0.1:8080\" } }",
           "Where clients connect; at a reload certificates, keys and `proxy` of a place are read again, other changes "
           "wait for the next start.",
           FIELDS(listen_options), .min = 1, .max = 64),
    OPTION("trusted_proxies", STRINGS, "{}",
           "Addresses of proxies in front (\"10.0.0.0/8\", \"::1\") whose X-Forwarded-For and -Proto are believed.",
           .max = 1000),
    OPTION("allowed_hosts", STRINGS, "{}",
           "Host names that requests may name, as \"chat.example.org\" or \"*.example.org\"; empty: localhost and the "
           "addresses that are listened on. It protects from DNS rebinding.",
           .max = 1000),
    OPTION("log", RECORD, NULL, "What is written to stderr.", FIELDS(log_options)),
    OPTION("plugins", STRINGS, "{ \"websocket\", \"sse\", \"sqlite\", \"pusher\" }",
           "The plugins to load, in this order.", .max = 64, RESTART),
    OPTION("plugin_dirs", STRINGS, "{ \"" CARILLON_PLUGIN_DIR "\" }", "Folders with plugins, searched in this order.",
           .min = 1, .max = 64, RESTART),
    OPTION("plugin_failure", CHOICE, "\"stop\"", "What to do when a plugin cannot be loaded.", .choices = "stop|skip"),
    OPTION("storage", STRING, "\"sqlite\"", "The storage, by the name that its plugin gives it.", .min = 1, .max = 64,
           RESTART),
    OPTION("storage_options", RECORD, NULL, "How the storage is used, whichever it is.", FIELDS(storage_options)),
    OPTION("limits", RECORD, NULL, "What clients may take.", FIELDS(limit_options)),
    OPTION("drain", RECORD, NULL, "How the daemon stops.", FIELDS(drain_options)),
    OPTION("web", RECORD, NULL, "The web app.", FIELDS(web_options)),
};

enum carillon_result config_declare_daemon(void)
{
    return config_declare(NULL, top_options, COUNT(top_options));
}
