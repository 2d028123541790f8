#include "session/app.h"
#include "base/str.h"
#include "base/log.h"
#include "config/local.h"
#include "session/app_private.h"

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { API_KEY_MIN = 32 };

/* What apps_load made of one configuration. */
struct app_set {
    struct app_set *older;
    struct config *config; /* settings and names of keys point into it */
    const struct app *fallback;
    size_t count;
    struct {
        struct app *app;
        struct app_settings settings;
    } entries[];
};

/* Every app there ever was; main thread. */
struct known_app {
    struct known_app *next;
    struct app app;
    char name[];
};

static struct known_app *known;
static _Atomic(struct app_set *) current;

/* After an app's own rules, so that a name always has options. */
#define KIB ((size_t)1024)
#define BUILTIN_RING .message_max = 16 * KIB, .ring_events = 256, .ring_bytes = 256 * KIB, .ring_ttl = 5 * 60 * 1000
static const struct channel_rule builtin_rules[] = {
    { CARILLON_STR("private-*"),
      { .stored = true,
        .presence = true,
        .client_events = true,
        .publish = APP_WHO_MEMBERS,
        .subscribe = APP_WHO_MEMBERS,
        BUILTIN_RING } },
    { CARILLON_STR("presence-*"),
      { .stored = true,
        .presence = true,
        .client_events = true,
        .publish = APP_WHO_MEMBERS,
        .subscribe = APP_WHO_MEMBERS,
        BUILTIN_RING } },
    { CARILLON_STR("*"),
      { .stored = true,
        .presence = true,
        .publish = APP_WHO_EVERYBODY,
        .subscribe = APP_WHO_EVERYBODY,
        BUILTIN_RING } },
};
enum { BUILTIN_COUNT = sizeof builtin_rules / sizeof *builtin_rules };

static enum app_who who_from(const struct config_value *value)
{
    static const char *const names[] = { [APP_WHO_NOBODY] = "nobody",
                                         [APP_WHO_SERVER] = "server",
                                         [APP_WHO_MEMBERS] = "members",
                                         [APP_WHO_EVERYBODY] = "everybody" };
    struct carillon_str word = config_str(value);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word.ptr, names[i]) == 0)
            return (enum app_who)i;
    return APP_WHO_NOBODY;
}

static struct channel_rule rule_from(const struct config_value *from)
{
    return (struct channel_rule){
        .pattern = config_str(config_field(from, "pattern")),
        .options = {
            .stored = config_bool(config_field(from, "stored")),
            .presence = config_bool(config_field(from, "presence")),
            .client_events = config_bool(config_field(from, "client_events")),
            .publish = who_from(config_field(from, "publish")),
            .subscribe = who_from(config_field(from, "subscribe")),
            .message_max = (size_t)config_int(config_field(from, "message_max")),
            .ring_events = (uint32_t)config_int(config_field(from, "ring_events")),
            .ring_bytes = (size_t)config_int(config_field(from, "ring_bytes")),
            .ring_ttl = config_int(config_field(from, "ring_ttl")),
            .retention_age = config_int(config_field(from, "retention_age")),
            .retention_count = (uint64_t)config_int(config_field(from, "retention_count")),
        },
    };
}

static enum carillon_result load_rules(struct app_details *details, const struct config_value *list)
{
    size_t own = config_count(list);
    details->rules = calloc(own + BUILTIN_COUNT, sizeof *details->rules);
    if (!details->rules)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < own; i++)
        details->rules[i] = rule_from(config_at(list, i));
    memcpy(details->rules + own, builtin_rules, sizeof builtin_rules);
    details->rule_count = own + BUILTIN_COUNT;
    return CARILLON_OK;
}

static enum carillon_result load_origins(struct app_details *details, const struct config_value *list)
{
    details->origin_count = config_count(list);
    details->origins = calloc(details->origin_count + 1, sizeof *details->origins);
    if (!details->origins)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < details->origin_count; i++)
        details->origins[i] = config_str(config_at(list, i));
    return CARILLON_OK;
}

static enum carillon_result load_jwt_keys(struct app_details *details, const char *app, const struct config_value *list)
{
    size_t n = config_count(list);
    details->jwt_keys = calloc(n + 1, sizeof *details->jwt_keys);
    if (!details->jwt_keys)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const struct config_value *from = config_at(list, i);
        struct app_jwt_key *key = &details->jwt_keys[details->jwt_key_count++];
        key->key.id = config_str(config_field(from, "kid"));
        key->key.algorithm = jws_algorithm_from_name(config_str(config_field(from, "algorithm")));
        key->key.material = config_str(config_field(from, "key"));
        key->issuer = config_str(config_field(from, "issuer"));
        key->audience = config_str(config_field(from, "audience"));
        const char *problem = jws_key_problem(&key->key);
        for (size_t k = 0; k < i && !problem; k++)
            if (str_equal(details->jwt_keys[k].key.id, key->key.id))
                problem = "another key of the app has the same kid";
        if (problem) {
            log_error("session", "apps.%s.jwt_keys, entry %zu: %s", app, i + 1, problem);
            return CARILLON_INVALID;
        }
    }
    return CARILLON_OK;
}

static enum carillon_result load_server_keys(struct app_details *details, const char *app,
                                             const struct config_value *list)
{
    details->server_key_count = config_count(list);
    details->server_keys = calloc(details->server_key_count + 1, sizeof *details->server_keys);
    if (!details->server_keys)
        return CARILLON_NO_MEMORY;
    for (size_t i = 0; i < details->server_key_count; i++) {
        const struct config_value *from = config_at(list, i);
        struct app_server_key *key = &details->server_keys[i];
        struct carillon_str text = config_str(config_field(from, "key"));
        key->name = config_str(config_field(from, "name"));
        SHA256((const unsigned char *)text.ptr, text.len, key->digest);
        if (text.len < API_KEY_MIN) {
            log_error("session", "apps.%s.server_keys, entry %zu: a key needs at least %d characters", app, i + 1,
                      API_KEY_MIN);
            return CARILLON_INVALID;
        }
    }
    return CARILLON_OK;
}

static enum carillon_result load_settings(struct app_settings *settings, const struct config_value *from)
{
    const char *name = config_key(from).ptr;
    settings->guest = config_bool(config_field(from, "guest"));
    settings->guest_names_unique = config_bool(config_field(from, "guest_names_unique"));
    settings->guest_rate = (uint32_t)config_int(config_field(from, "guest_rate"));
    settings->create = who_from(config_field(from, "create"));
    settings->token_ttl = config_int(config_field(from, "token_ttl"));
    settings->details = calloc(1, sizeof *settings->details);
    enum carillon_result result = settings->details ? CARILLON_OK : CARILLON_NO_MEMORY;
    if (result == CARILLON_OK)
        result = load_rules(settings->details, config_field(from, "channels"));
    if (result == CARILLON_OK)
        result = load_origins(settings->details, config_field(from, "origins"));
    if (result == CARILLON_OK)
        result = load_jwt_keys(settings->details, name, config_field(from, "jwt_keys"));
    if (result == CARILLON_OK)
        result = load_server_keys(settings->details, name, config_field(from, "server_keys"));
    if (result == CARILLON_OK)
        result = app_load_credentials(settings->details, config_key(from), from);
    return result;
}

static void settings_free(struct app_settings *settings)
{
    struct app_details *details = settings->details;
    if (!details)
        return;
    free(details->rules);
    free(details->origins);
    free(details->jwt_keys);
    free(details->server_keys);
    free(details->webhooks);
    free(details->relays);
    free(details->outgoing_strings);
    free(details);
}

static void set_free(struct app_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        settings_free(&set->entries[i].settings);
    config_unref(set->config);
    free(set);
}

static struct app *app_get(struct carillon_str name)
{
    for (struct known_app *each = known; each; each = each->next)
        if (str_equal(each->app.name, name))
            return &each->app;
    struct known_app *made = calloc(1, sizeof *made + name.len + 1);
    if (!made)
        return NULL;
    memcpy(made->name, name.ptr, name.len);
    made->app.name = (struct carillon_str){ made->name, name.len };
    made->next = known;
    known = made;
    return &made->app;
}

static const struct app *find_in(const struct app_set *set, struct carillon_str name)
{
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(set->entries[i].app->name, name))
            return set->entries[i].app;
    return NULL;
}

static enum carillon_result load_set(struct app_set *set, const struct config_value *map)
{
    enum carillon_result result = config_count(map) ? CARILLON_OK : CARILLON_INVALID;
    while (set->count < config_count(map) && result == CARILLON_OK) {
        const struct config_value *from = config_at(map, set->count);
        set->entries[set->count].app = app_get(config_key(from));
        result = load_settings(&set->entries[set->count].settings, from);
        if (!set->entries[set->count++].app)
            result = CARILLON_NO_MEMORY;
    }
    return result;
}

/* Ids and keys name one app each. */
static enum carillon_result check_set(const struct app_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct carillon_app *one = &set->entries[i].settings.details->shown;
        for (size_t k = 0; k < i; k++) {
            const struct carillon_app *other = &set->entries[k].settings.details->shown;
            bool same_id = str_equal(one->id, other->id);
            if (!same_id && !(one->key.ptr && other->key.ptr && str_equal(one->key, other->key)))
                continue;
            log_error("session", "apps.%s and apps.%s have the same %s: give one of them another", other->name.ptr,
                      one->name.ptr, same_id ? "id" : "key");
            return CARILLON_INVALID;
        }
    }
    return CARILLON_OK;
}

static struct app_details *details_of(struct app_set *set, const struct app *app)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->entries[i].app == app)
            return set->entries[i].settings.details;
    return NULL;
}

/* One's own machine needs no credentials to be thought of. */
static void prepare_development(struct app_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->entries[i].settings.details->shown.key.ptr)
            return;
    if (!config_public_address(set->config))
        app_give_development_key(details_of(set, set->fallback));
}

static void publish_set(struct app_set *set)
{
    const struct app *named = find_in(set, CARILLON_STR("main"));
    set->fallback = named ? named : set->entries[0].app;
    prepare_development(set);
    for (size_t i = 0; i < set->count; i++)
        app_warn_of_unsigned(&set->entries[i].settings.details->shown);
    for (size_t i = 0; i < set->count; i++)
        atomic_store_explicit(&set->entries[i].app->newest, &set->entries[i].settings, memory_order_release);
    set->older = atomic_load_explicit(&current, memory_order_relaxed);
    atomic_store_explicit(&current, set, memory_order_release);
}

enum carillon_result apps_load(const struct config *config)
{
    const struct config_value *map = config_find(config, "apps");
    size_t count = config_count(map);
    struct app_set *set = calloc(1, sizeof *set + count * sizeof set->entries[0]);
    if (!set)
        return CARILLON_NO_MEMORY;
    set->config = config_ref((struct config *)(uintptr_t)config);
    enum carillon_result result = load_set(set, map);
    if (result == CARILLON_OK)
        result = check_set(set);
    if (result == CARILLON_OK)
        publish_set(set);
    else
        set_free(set);
    return result;
}

void apps_free(void)
{
    for (struct app_set *set = atomic_exchange(&current, NULL), *older; set; set = older) {
        older = set->older;
        set_free(set);
    }
    for (struct known_app *next; known; known = next) {
        next = known->next;
        free(known);
    }
}

const struct app_settings *app_settings(const struct app *app)
{
    return atomic_load_explicit(&app->newest, memory_order_acquire);
}

static const struct app_set *newest(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

const struct app *app_find(struct carillon_str name)
{
    return name.len ? find_in(newest(), name) : newest()->fallback;
}

size_t apps_count(void)
{
    return newest()->count;
}

const struct app *app_at(size_t i)
{
    return newest()->entries[i].app;
}

const struct channel_options *app_channel_options(const struct app *app, struct carillon_str channel)
{
    const struct channel_rule *rule = app_settings(app)->details->rules;
    while (!pattern_match(rule->pattern, channel))
        rule++; /* the last rule matches everything */
    return &rule->options;
}

const struct carillon_app *app_shown(const struct app *app)
{
    return &app_settings(app)->details->shown;
}

const struct app *app_find_by(enum carillon_app_by by, struct carillon_str value)
{
    const struct app_set *set = newest();
    for (size_t i = 0; i < set->count; i++) {
        const struct carillon_app *shown = &set->entries[i].settings.details->shown;
        struct carillon_str own = by == CARILLON_APP_BY_ID    ? shown->id
                                  : by == CARILLON_APP_BY_KEY ? shown->key
                                                              : shown->name;
        if (own.len && str_equal(own, value))
            return set->entries[i].app;
    }
    return NULL;
}

bool app_allows_origin(const struct app *app, struct carillon_str origin)
{
    const struct app_details *details = app_settings(app)->details;
    for (size_t i = 0; i < details->origin_count; i++) {
        struct carillon_str allowed = details->origins[i];
        if (strcmp(allowed.ptr, "*") == 0 ||
            (allowed.len == origin.len && strncasecmp(allowed.ptr, origin.ptr, origin.len) == 0))
            return true;
    }
    return false;
}

const struct app *app_find_by_api_key(struct carillon_str key, struct carillon_str *key_name)
{
    const struct app_set *set = newest();
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)key.ptr, key.len, digest);
    for (size_t i = 0; i < set->count; i++) {
        const struct app_details *details = set->entries[i].settings.details;
        for (size_t k = 0; k < details->server_key_count; k++) {
            if (CRYPTO_memcmp(digest, details->server_keys[k].digest, sizeof digest) != 0)
                continue;
            *key_name = details->server_keys[k].name;
            return set->entries[i].app;
        }
    }
    return NULL;
}
