#include "base/log.h"
#include "session/app_private.h"

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
    return app_load_outgoing(details, from);
}

void app_give_development_key(struct app_details *details)
{
    struct carillon_app *shown = &details->shown;
    shown->id = CARILLON_STR("1");
    shown->key = CARILLON_STR("carillon");
    shown->secret = CARILLON_STR("carillon-development");
    shown->development = true;
}
