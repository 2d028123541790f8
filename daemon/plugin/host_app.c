#include "plugin/host_private.h"

#include "channel/query.h"
#include "channel/channel.h"
#include "listener/policy.h"
#include "session/identity.h"
#include "session/registry.h"
#include "session/serve.h"

const struct carillon_app *host_app_find(enum carillon_app_by by, struct carillon_str value)
{
    const struct app *app = app_find_by(by, value);
    return app ? app_shown(app) : NULL;
}

const struct carillon_app *host_app_at(size_t i)
{
    return i < apps_count() ? app_shown(app_at(i)) : NULL;
}

bool host_app_allows_origin(struct carillon_str name, struct carillon_str origin, struct carillon_str host)
{
    const struct app *app = name.len ? app_find(name) : NULL;
    if (!origin.ptr || policy_same_host(origin, host))
        return true;
    if (!app)
        return false;
    return app_allows_origin(app, origin) || (app_shown(app)->development && policy_is_local_origin(origin));
}

/* ---- what an app's server does ---- */

static const struct app *app_named(struct carillon_str name)
{
    return name.len ? app_find(name) : NULL;
}

enum carillon_result host_app_publish(struct carillon_str name, const struct carillon_publish *publish,
                                      carillon_handle exclude, carillon_published_fn done, void *arg)
{
    const struct app *app = app_named(name);
    return app ? serve_publish(app, publish, exclude, done, arg) : CARILLON_NOT_FOUND;
}

enum carillon_result host_app_send(struct carillon_str name, struct carillon_str user, struct carillon_str event,
                                   struct carillon_str data)
{
    const struct app *app = app_named(name);
    if (!app)
        return CARILLON_NOT_FOUND;
    if (!user_id_valid(user))
        return CARILLON_INVALID;
    serve_send(app, user, event, data);
    return CARILLON_OK;
}

enum carillon_result host_app_disconnect(struct carillon_str name, struct carillon_str user, carillon_count_fn done,
                                         void *arg)
{
    const struct app *app = app_named(name);
    if (!app)
        return CARILLON_NOT_FOUND;
    sessions_disconnect(app, user, (struct carillon_str){ 0 }, ERROR_DISCONNECTED, done, arg);
    return CARILLON_OK;
}

enum carillon_result host_app_channels(struct carillon_str name, const struct carillon_str *names, size_t n,
                                       carillon_channels_fn done, void *arg)
{
    const struct app *app = app_named(name);
    return app ? channels_ask(app, names, n, done, arg) : CARILLON_NOT_FOUND;
}

enum carillon_result host_app_occupied(struct carillon_str name, struct carillon_str prefix, carillon_channels_fn done,
                                       void *arg)
{
    const struct app *app = app_named(name);
    return app ? channels_list(app, prefix, done, arg) : CARILLON_NOT_FOUND;
}

enum carillon_result host_app_members(struct carillon_str name, struct carillon_str channel, carillon_users_fn done,
                                      void *arg)
{
    const struct app *app = app_named(name);
    if (!app)
        return CARILLON_NOT_FOUND;
    channel_query_presence(app, channel, done, arg);
    return CARILLON_OK;
}

enum carillon_result host_app_check(struct carillon_str name, struct carillon_str token, struct carillon_str channel,
                                    carillon_person_fn done, void *arg)
{
    const struct app *app = app_named(name);
    return app || !name.ptr ? serve_check(app, token, channel, done, arg) : CARILLON_NOT_FOUND;
}
