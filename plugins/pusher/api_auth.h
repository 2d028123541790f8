/*
 * Is a request signed by the app's server? Pure; any thread.
 */
#ifndef CARILLON_PUSHER_API_AUTH_H
#define CARILLON_PUSHER_API_AUTH_H

#include "api_params.h"
#include <carillon/app.h>

enum { AUTH_TIMESTAMP_SECONDS = 600 };

struct signed_request {
    struct carillon_str method, path, body;
    size_t prefix_len; /* of the path, which the client may or may not sign */
    const struct params *params;
};

/* NULL: it is. Else what is wrong (all of them mean 401). */
const char *api_auth_problem(const struct carillon_app *app, const struct signed_request *request, int64_t now_ms);

#endif
