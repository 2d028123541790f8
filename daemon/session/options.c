#include "session/options.h"
#include "config/config.h"
#include <carillon/app.h>

#define OPTION(NAME, TYPE, DEFAULT, HELP, ...)                                                                         \
    {                                                                                                                  \
        .name = NAME, .type = CARILLON_OPTION_##TYPE, .default_value = DEFAULT, .help = HELP, __VA_ARGS__              \
    }
#define FIELDS(table) .fields = (table), .field_count = sizeof(table) / sizeof *(table)
#define REQUIRED .flags = CARILLON_OPTION_REQUIRED

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const struct carillon_option channel_options[] = {
    OPTION("pattern", STRING, NULL, "Which channels: a name, '*' stands for any text.", REQUIRED, .min = 1, .max = 164),
    OPTION("stored", BOOL, "true", "A conversation of this name may be created; what is published to it is stored."),
    OPTION("presence", BOOL, "true", "Subscribers are told who else is there, who joins and who leaves."),
    OPTION("client_events", BOOL, "false", "Clients may send passing events of their own to each other."),
    OPTION("publish", CHOICE, "\"everybody\"", "Who may publish when the token says nothing about it.",
           .choices = "nobody|server|members|everybody"),
    OPTION("subscribe", CHOICE, "\"everybody\"", "Who may subscribe when the token says nothing about it.",
           .choices = "nobody|server|members|everybody"),
    OPTION("message_max", SIZE, "\"16k\"", "The longest text, and the longest data, of one message or event.", .min = 1,
           .max = 1 << 20),
    OPTION("ring_events", INT, "256", "Recent events kept in memory for clients that reconnect.", .unit = "events",
           .max = 65536),
    OPTION("ring_bytes", SIZE, "\"256k\"", "The most memory of one channel's recent events.", .max = 64 << 20),
    OPTION("ring_ttl", DURATION, "\"5m\"", "How long an event is kept in memory.", .min = 1000, .max = DAY_MS),
    OPTION("retention_age", DURATION, "0", "Stored messages older than this are removed; 0: never.",
           .max = 36500 * DAY_MS),
    OPTION("retention_count", INT, "0", "Of stored messages only so many of the newest are kept; 0: all.",
           .unit = "messages", .max = INT64_MAX),
};

static const struct carillon_option server_key_options[] = {
    OPTION("name", STRING, NULL, "Shown as the author of what is published with this key.", REQUIRED, .min = 1,
           .max = 80),
    OPTION("key", SECRET, NULL, "The key: at least 32 characters that nobody can guess.", REQUIRED),
};

static const struct carillon_option jwt_key_options[] = {
    OPTION("kid", STRING, "\"\"", "The key's name in a token's header; empty: of tokens that name none.", .max = 128),
    OPTION("algorithm", CHOICE, NULL, "The only algorithm that this key is used with.", REQUIRED,
           .choices = "HS256|RS256|ES256"),
    OPTION("key", SECRET, NULL, "HS256: the shared secret. RS256, ES256: the public key in PEM form.", REQUIRED),
    OPTION("issuer", STRING, "\"\"", "If set, the token's iss must be this."),
    OPTION("audience", STRING, "\"\"", "If set, the token's aud must be this or contain it."),
};

static const struct carillon_option app_limit_options[] = {
#define CARILLON_X(name, type, default_value, unit_name, least, most, help)                                            \
    OPTION(#name, type, default_value, help, .unit = (unit_name), .min = (least), .max = (most)),
    CARILLON_APP_LIMITS(CARILLON_X)
#undef CARILLON_X
};

static const struct carillon_option webhook_options[] = {
    OPTION("url", STRING, NULL, "Where what happens is posted to.", REQUIRED, .min = 1, .max = 2048),
    OPTION("events", STRINGS, "{}", "Which events, by name; none: all.", .max = 32),
    OPTION("prefix", STRING, "\"\"", "Only of channels whose names begin so.", .max = 164),
    OPTION("suffix", STRING, "\"\"", "Only of channels whose names end so.", .max = 164),
    OPTION("allow", STRINGS, "{}", "Networks, such as \"127.0.0.0/8\", that may be reached besides public addresses.",
           .max = 32),
};

static const struct carillon_option relay_options[] = {
    OPTION("url", STRING, NULL, "The other service, such as \"https://api-eu.pusher.com\".", REQUIRED, .min = 1,
           .max = 1024),
    OPTION("id", STRING, NULL, "The id of the app there.", REQUIRED, .min = 1, .max = 64),
    OPTION("key", STRING, NULL, "Its key.", REQUIRED, .min = 1, .max = 64),
    OPTION("secret", SECRET, NULL, "Its secret, which signs in both directions.", REQUIRED, .min = 1),
    OPTION("channels", STRINGS, NULL, "Which channels: names, '*' stands for any text.", REQUIRED, .min = 1,
           .max = 100),
    OPTION("allow", STRINGS, "{}", "Networks, such as \"127.0.0.0/8\", that may be reached besides public addresses.",
           .max = 32),
};

static const struct carillon_option app_options[] = {
    OPTION("guest", BOOL, "true", "People may sign in with nothing but a name."),
    OPTION("guest_names_unique", BOOL, "true", "A guest cannot take a name that somebody of the app has."),
    OPTION("guest_rate", INT, "60", "How many guests may sign in from one address in the long run; 0: any number.",
           .unit = "a minute", .max = 60000),
    OPTION("create", CHOICE, "\"everybody\"", "Who may create conversations when the token says nothing about it.",
           .choices = "nobody|server|everybody"),
    OPTION("token_ttl", DURATION, "\"7d\"", "How long tokens are valid that this daemon issues.", .min = 60000,
           .max = 366 * DAY_MS),
    OPTION("id", STRING, "\"\"", "The app's id in signed HTTP requests; empty: its name.", .max = 64),
    OPTION("key", STRING, "\"\"", "The app's public key, by which its clients connect; empty: they cannot.", .max = 64),
    OPTION("secret", SECRET, NULL, "What signs for the app: at least 16 characters that nobody can guess."),
    OPTION("enabled", BOOL, "true", "Its key and secret are good for something."),
    OPTION("tls_only", BOOL, "false", "Connections with its key need TLS."),
    OPTION("subscription_counts", BOOL, "false", "Subscribers of a channel are told how many they are."),
    OPTION("refuse_replays", BOOL, "false",
           "A signed request is good only once. Two equal ones in the same second sign alike, and the second fails."),
    OPTION("limits", RECORD, NULL, "What clients and servers with its key and secret may take.",
           FIELDS(app_limit_options)),
    OPTION("webhooks", RECORDS, "{}",
           "Where what happens in the app is posted to: the plugin pusher signs and sends it.", FIELDS(webhook_options),
           .max = 32),
    OPTION("relays", RECORDS, "{}",
           "Other services with Pusher's HTTP API, where the plugin pusher triggers what is published here, too.",
           FIELDS(relay_options), .max = 8),
    OPTION("origins", STRINGS, "{}",
           "Origins besides the daemon's own whose pages may use the app, such as \"https://example.org\"; \"*\": any.",
           .max = 1000),
    OPTION("server_keys", RECORDS, "{}", "API keys of servers, which may do everything in the app.",
           FIELDS(server_key_options), .max = 100),
    OPTION("jwt_keys", RECORDS, "{}", "Keys of the backends whose JSON Web Tokens are accepted.",
           FIELDS(jwt_key_options), .max = 100),
    OPTION("channels", RECORDS, "{}", "Options of channels; the first pattern that matches counts.",
           FIELDS(channel_options), .max = 1000),
};

static const struct carillon_option top_options[] = {
    OPTION("apps", MAP, "{ main = {} }",
           "The apps. \"main\", or else the first by name, is the one for those who name none.", FIELDS(app_options),
           .min = 1, .max = 1000),
};

static const struct carillon_option token_options[] = {
    OPTION("key_file", PATH, "\"token.key\"", "The key of the tokens that this daemon issues, made at the first start.",
           .flags = CARILLON_OPTION_RESTART),
    OPTION("leeway", DURATION, "\"30s\"", "By how much a backend's clock may differ from ours.", .max = 600000),
    OPTION("lifetime_max", DURATION, "\"366d\"",
           "Tokens that expire later than this from now are refused; revocations are remembered so long.", .min = 60000,
           .max = 3660 * DAY_MS),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum carillon_result session_declare_options(void)
{
    enum carillon_result result = config_declare(NULL, top_options, COUNT(top_options));
    return result == CARILLON_OK ? config_declare("tokens", token_options, COUNT(token_options)) : result;
}
