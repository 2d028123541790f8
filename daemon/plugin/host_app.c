#include "plugin/host_private.h"

#include "listener/policy.h"
#include "session/app.h"

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
