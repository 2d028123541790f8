#include "base/log.h"
#include "session/app_private.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MIN = 16 };

static const char key_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

static const char *credentials_problem(const struct carillon_app *shown)
{
    if (strspn(shown->id.ptr, key_characters) != shown->id.len)
        return "id has other characters than A-Z a-z 0-9 _ -";
    if (!shown->key.ptr)
        return NULL;
    if (strspn(shown->key.ptr, key_characters) != shown->key.len)
        return "key has other characters than A-Z a-z 0-9 _ -";
    if (shown->secret.len < SECRET_MIN)
        return "a key needs a secret of at least 16 characters";
    return NULL;
}

static struct carillon_str absent_if_empty(struct carillon_str text)
{
    return text.len ? text : (struct carillon_str){ 0 };
}

static void load_limits(struct carillon_app_limits *limits, const struct config_value *from)
{
#define CARILLON_X(name, type, default_value, unit, min, max, help)                                                    \
    limits->name = config_int(config_field(from, #name));
    CARILLON_APP_LIMITS(CARILLON_X)
#undef CARILLON_X
}

static enum carillon_result load_webhooks(struct app_details *details, const struct config_value *list)
{
    size_t count = config_count(list), names = 0;
    for (size_t i = 0; i < count; i++)
        names += config_count(config_field(config_at(list, i), "events"));
    details->webhooks = malloc(count * sizeof *details->webhooks + names * sizeof(struct carillon_str) + 1);
    if (!details->webhooks)
        return CARILLON_NO_MEMORY;
    struct carillon_str *name = (struct carillon_str *)(details->webhooks + count);
    for (size_t i = 0; i < count; i++) {
        const struct config_value *from = config_at(list, i), *events = config_field(from, "events");
        details->webhooks[i] = (struct carillon_webhook){ .url = config_str(config_field(from, "url")),
                                                          .prefix = config_str(config_field(from, "prefix")),
                                                          .events = name,
                                                          .event_count = config_count(events) };
        for (size_t k = 0; k < config_count(events); k++)
            *name++ = config_str(config_at(events, k));
    }
    details->shown.webhooks = details->webhooks;
    details->shown.webhook_count = count;
    return CARILLON_OK;
}

enum carillon_result app_load_credentials(struct app_details *details, struct carillon_str name,
                                          const struct config_value *from)
{
    struct carillon_app *shown = &details->shown;
    struct carillon_str id = config_str(config_field(from, "id"));
    *shown = (struct carillon_app){
        .name = name,
        .id = id.len ? id : name,
        .key = absent_if_empty(config_str(config_field(from, "key"))),
        .secret = absent_if_empty(config_str(config_field(from, "secret"))),
        .enabled = config_bool(config_field(from, "enabled")),
        .tls_only = config_bool(config_field(from, "tls_only")),
        .subscription_counts = config_bool(config_field(from, "subscription_counts")),
        .refuse_replays = config_bool(config_field(from, "refuse_replays")),
    };
    const char *problem = credentials_problem(shown);
    if (problem) {
        log_error("session", "apps.%s: %s", name.ptr, problem);
        return CARILLON_INVALID;
    }
    load_limits(&shown->limits, config_field(from, "limits"));
    return load_webhooks(details, config_field(from, "webhooks"));
}

void app_give_development_key(struct app_details *details)
{
    struct carillon_app *shown = &details->shown;
    shown->id = CARILLON_STR("1");
    shown->key = CARILLON_STR("carillon");
    shown->secret = CARILLON_STR("carillon-development");
    shown->development = true;
}
