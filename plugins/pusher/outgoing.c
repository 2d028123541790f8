#include "outgoing.h"
#include "outboxes.h"
#include "relay.h"
#include "webhook.h"

#define OPTION_TYPE(type) CARILLON_OPTION_##type

const struct carillon_option outgoing_options[OUTGOING_OPTION_COUNT] = {
#define OUTGOING_X(option, kind, value, of, least, most, text)                                                         \
    { .name = #option,                                                                                                 \
      .type = OPTION_TYPE(kind),                                                                                       \
      .default_value = (value),                                                                                        \
      .unit = (of),                                                                                                    \
      .min = (least),                                                                                                  \
      .max = (most),                                                                                                   \
      .help = (text) },
    OUTGOING_OPTIONS(OUTGOING_X)
#undef OUTGOING_X
};

#define OUTGOING_X(name, type, default_value, unit, least, most, help)                                                 \
    int64_t outgoing_##name(void)                                                                                      \
    {                                                                                                                  \
        return pusher.host->option_int(pusher.self, "outgoing." #name);                                                \
    }
OUTGOING_OPTIONS(OUTGOING_X)
#undef OUTGOING_X

/* ---- what happened ---- */

/* What any app wants; looked up again only after a reload, which shows apps at other addresses. */
static unsigned wanted_now(void)
{
    static _Thread_local const struct carillon_app *known;
    static _Thread_local unsigned wanted;
    const struct carillon_app *app = pusher.host->app_at(0);
    if (app == known)
        return wanted;
    known = app;
    wanted = 0;
    for (size_t i = 0; (app = pusher.host->app_at(i)); i++)
        wanted |= webhook_wanted(app) | relay_wanted(app);
    return wanted;
}

static void happened(const struct carillon_happening *what, void *user)
{
    (void)user;
    if (!(wanted_now() & 1u << what->kind))
        return;
    const struct carillon_app *app = pusher.host->app_find(CARILLON_APP_BY_NAME, what->app);
    unsigned bit = 1u << what->kind;
    if (app && webhook_wanted(app) & bit)
        webhook_happened(what);
    if (app && relay_wanted(app) & bit)
        relay_happened(app, what);
}

/* ---- the stop ---- */

static void drain_begin(void *user)
{
    (void)user;
    struct outgoing_worker *worker = outgoing_worker();
    if (worker)
        webhook_holds_tell(&worker->holds);
    outboxes_hurry();
}

static size_t drain_left(void *user)
{
    (void)user;
    return webhook_holds_count() + atomic_load(&webhook_kind.waiting) + atomic_load(&relay_kind.waiting);
}

/* ---- the plugin's life ---- */

enum carillon_result outgoing_add(const char *prefix)
{
    static const struct carillon_observer observer = { .size = sizeof observer,
                                                       .wanted = (1u << CARILLON_HAPPENING_COUNT) - 1,
                                                       .happened = happened };
    static const struct carillon_drain drain = { .size = sizeof drain, .begin = drain_begin, .left = drain_left };
    enum carillon_result result = outboxes_add(&webhook_kind);
    if (result == CARILLON_OK)
        result = outboxes_add(&relay_kind);
    if (result == CARILLON_OK)
        result = relay_input_add(prefix);
    if (result == CARILLON_OK)
        result = pusher.host->drain_add(pusher.self, &drain);
    return result == CARILLON_OK ? pusher.host->observer_add(pusher.self, &observer) : result;
}

void outgoing_free(void)
{
    outboxes_free();
}
