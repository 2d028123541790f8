#include "api_auth.h"
#include "percent.h"
#include "signature.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 15 };

static bool equals(struct carillon_str a, struct carillon_str b)
{
    return a.len == b.len && a.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static bool is_timely(struct carillon_str text, int64_t now_ms)
{
    if (!text.len || text.len > DIGITS_MAX || strspn(text.ptr, "0123456789") != text.len)
        return false;
    int64_t apart = now_ms / 1000 - strtoll(text.ptr, NULL, 10);
    return apart <= AUTH_TIMESTAMP_SECONDS && apart >= -AUTH_TIMESTAMP_SECONDS;
}

/* Who sends a body must have signed it; some sign that there is none. */
static bool body_is_signed(const struct signed_request *request)
{
    struct carillon_str md5 = params_get(request->params, "body_md5");
    return md5.ptr ? md5_matches(request->body, md5) : !request->body.len;
}

static bool signs_path(const struct carillon_app *app, const struct signed_request *request, struct carillon_str path)
{
    struct text text = { 0 };
    text_put(&text, request->method.ptr, request->method.len);
    text_put(&text, "\n", 1);
    text_put(&text, path.ptr, path.len);
    text_put(&text, "\n", 1);
    params_put_signed(request->params, &text);
    const struct carillon_str parts[SIGNATURE_PARTS_MAX] = { text_str(&text) };
    bool good = parts[0].ptr && signature_matches(app->secret, parts, params_get(request->params, "auth_signature"));
    text_free(&text);
    return good;
}

static bool signs_escaped(const struct carillon_app *app, const struct signed_request *request,
                          struct carillon_str path)
{
    struct text escaped = { 0 };
    percent_put_path(&escaped, path);
    struct carillon_str other = text_str(&escaped);
    bool good = other.len > path.len && signs_path(app, request, other);
    text_free(&escaped);
    return good;
}

/* The path came decoded. Clients that escape a channel's name in it sign what they send; all escape the same characters. */
static bool signs_either(const struct carillon_app *app, const struct signed_request *request, struct carillon_str path)
{
    return signs_path(app, request, path) || signs_escaped(app, request, path);
}

const char *api_auth_problem(const struct carillon_app *app, const struct signed_request *request, int64_t now_ms)
{
    struct carillon_str whole = request->path;
    struct carillon_str own = { whole.ptr + request->prefix_len, whole.len - request->prefix_len };
    if (!equals(params_get(request->params, "auth_key"), app->key))
        return "Unknown auth_key";
    if (!equals(params_get(request->params, "auth_version"), CARILLON_STR("1.0")))
        return "auth_version must be 1.0";
    if (!is_timely(params_get(request->params, "auth_timestamp"), now_ms))
        return "auth_timestamp is missing, or more than 600 seconds from the server's time";
    if (!signs_either(app, request, whole) && !(request->prefix_len && signs_either(app, request, own)))
        return "Invalid signature: you should have signed the method, the path and all parameters with the secret";
    return body_is_signed(request) ? NULL : "body_md5 does not match the body";
}
