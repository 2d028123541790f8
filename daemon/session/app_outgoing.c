/* Where what happens in an app is told: its webhooks and relays. */
#include "base/cidr.h"
#include "base/log.h"
#include "base/str.h"
#include "session/app_private.h"
#include <carillon/observer.h>

#include <stdlib.h>
#include <string.h>

/* What webhooks can ask for: all that is told but plain events. */
static const char *const event_names[] = {
#define CARILLON_X(name, text) [CARILLON_HAPPENING_##name] = (text),
    CARILLON_HAPPENINGS(CARILLON_X)
#undef CARILLON_X
};

static const char *event_problem(struct carillon_str name)
{
    for (size_t i = 0; i < CARILLON_HAPPENING_COUNT; i++)
        if (i != CARILLON_HAPPENING_EVENT && strcmp(event_names[i], name.ptr) == 0)
            return NULL;
    return "is no event of webhooks";
}

static const char *network_problem(struct carillon_str text)
{
    struct cidr ignored;
    return cidr_parse(text, &ignored) ? NULL : "is no network such as \"127.0.0.0/8\"";
}

static const char *pattern_problem(struct carillon_str text)
{
    return text.len ? NULL : "is an empty pattern";
}

static const char *url_problem(struct carillon_str url)
{
    bool spoken = strncmp(url.ptr, "http://", 7) == 0 || strncmp(url.ptr, "https://", 8) == 0;
    return spoken ? NULL : "is no URL that begins with http:// or https://";
}

/* Where one entry stands, for the log. */
struct place {
    const char *app, *list;
    size_t entry;
};

static bool is_good(const struct place *place, struct carillon_str value, const char *problem)
{
    if (problem)
        log_error("session", "apps.%s.%s, entry %zu: \"%s\" %s", place->app, place->list, place->entry + 1, value.ptr,
                  problem);
    return !problem;
}

/* A list of strings, each of which is looked at; *next: where lists have room. */
static bool load_strings(const struct place *place, const struct config_value *from, struct carillon_str **next,
                         const char *(*problem)(struct carillon_str text))
{
    for (size_t i = 0; i < config_count(from); i++) {
        struct carillon_str text = config_str(config_at(from, i));
        if (!is_good(place, text, problem(text)))
            return false;
        *(*next)++ = text;
    }
    return true;
}

static bool load_webhook(struct carillon_webhook *webhook, const struct place *place, const struct config_value *from,
                         struct carillon_str **next)
{
    const struct config_value *events = config_field(from, "events"), *allow = config_field(from, "allow");
    *webhook = (struct carillon_webhook){ .url = config_str(config_field(from, "url")),
                                          .prefix = config_str(config_field(from, "prefix")),
                                          .suffix = config_str(config_field(from, "suffix")),
                                          .event_count = config_count(events),
                                          .allow_count = config_count(allow) };
    webhook->events = *next;
    webhook->allow = *next + webhook->event_count;
    return is_good(place, webhook->url, url_problem(webhook->url)) &&
           load_strings(place, events, next, event_problem) && load_strings(place, allow, next, network_problem);
}

static bool load_relay(struct carillon_relay *relay, const struct place *place, const struct config_value *from,
                       struct carillon_str **next)
{
    const struct config_value *channels = config_field(from, "channels"), *allow = config_field(from, "allow");
    *relay = (struct carillon_relay){ .url = config_str(config_field(from, "url")),
                                      .id = config_str(config_field(from, "id")),
                                      .key = config_str(config_field(from, "key")),
                                      .secret = config_str(config_field(from, "secret")),
                                      .channel_count = config_count(channels),
                                      .allow_count = config_count(allow) };
    relay->channels = *next;
    relay->allow = *next + relay->channel_count;
    return is_good(place, relay->url, url_problem(relay->url)) &&
           load_strings(place, channels, next, pattern_problem) && load_strings(place, allow, next, network_problem);
}

static size_t count_strings(const struct config_value *list, const char *one, const char *other)
{
    size_t n = 0;
    for (size_t i = 0; i < config_count(list); i++)
        n += config_count(config_field(config_at(list, i), one)) +
             config_count(config_field(config_at(list, i), other));
    return n;
}

enum carillon_result app_load_outgoing(struct app_details *details, const struct config_value *from)
{
    const struct config_value *webhooks = config_field(from, "webhooks"), *relays = config_field(from, "relays");
    size_t strings = count_strings(webhooks, "events", "allow") + count_strings(relays, "channels", "allow");
    struct carillon_app *shown = &details->shown;
    details->webhooks = calloc(config_count(webhooks) + 1, sizeof *details->webhooks);
    details->relays = calloc(config_count(relays) + 1, sizeof *details->relays);
    details->outgoing_strings = calloc(strings + 1, sizeof *details->outgoing_strings);
    struct carillon_str *next = details->outgoing_strings;
    if (!details->webhooks || !details->relays || !next)
        return CARILLON_NO_MEMORY;
    struct place place = { shown->name.ptr, "webhooks", 0 };
    for (; place.entry < config_count(webhooks); place.entry++)
        if (!load_webhook(&details->webhooks[place.entry], &place, config_at(webhooks, place.entry), &next))
            return CARILLON_INVALID;
    place = (struct place){ shown->name.ptr, "relays", 0 };
    for (; place.entry < config_count(relays); place.entry++)
        if (!load_relay(&details->relays[place.entry], &place, config_at(relays, place.entry), &next))
            return CARILLON_INVALID;
    shown->webhooks = details->webhooks;
    shown->webhook_count = config_count(webhooks);
    shown->relays = details->relays;
    shown->relay_count = config_count(relays);
    return CARILLON_OK;
}

void app_warn_of_unsigned(const struct carillon_app *shown)
{
    if (shown->webhook_count && !shown->key.ptr)
        log_warning("session", "apps.%s: webhooks are sent only with a key and a secret, which sign them",
                    shown->name.ptr);
}
