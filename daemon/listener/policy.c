/* Host and Origin: a page of another site, or a name that somebody bound to our address, must not reach the daemon. */
#include "listener/listener_private.h"

#include "listener/policy.h"
#include "session/app.h"

#include <arpa/inet.h>
#include <string.h>

/* Without the port; of "[::1]:8080" what is in brackets. */
static struct carillon_str host_name(struct carillon_str host)
{
    const char *end = host.len ? memchr(host.ptr, host.ptr[0] == '[' ? ']' : ':', host.len) : NULL;
    if (host.len && host.ptr[0] == '[')
        return end ? (struct carillon_str){ host.ptr + 1, (size_t)(end - host.ptr) - 1 } : (struct carillon_str){ 0 };
    return end ? (struct carillon_str){ host.ptr, (size_t)(end - host.ptr) } : host;
}

static bool equals(struct carillon_str a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

static bool ends_with(struct carillon_str text, const char *end)
{
    size_t len = strlen(end);
    return text.len > len && strncasecmp(text.ptr + text.len - len, end, len) == 0;
}

/* Rebinding needs a name: who asks for an address, or for localhost, was not sent by a foreign name. */
bool policy_allows_host(const struct settings *settings, struct carillon_str host)
{
    char address[ADDRESS_TEXT_MAX];
    struct carillon_str name = host_name(host);
    if (!name.len)
        return false;
    if (address_normalize(name, address) || equals(name, "localhost") || ends_with(name, ".localhost"))
        return true;
    for (size_t i = 0; i < settings->allowed_hosts.count; i++) {
        const char *allowed = settings->allowed_hosts.items[i];
        if (strcmp(allowed, "*") == 0 || equals(name, allowed) || equals(host, allowed) ||
            (strncmp(allowed, "*.", 2) == 0 && ends_with(name, allowed + 1)))
            return true;
    }
    return false;
}

bool policy_same_host(struct carillon_str origin, struct carillon_str host)
{
    const char *scheme_end = origin.len > 3 ? strstr(origin.ptr, "://") : NULL;
    if (!scheme_end || !host.ptr)
        return false;
    const char *port = strncasecmp(origin.ptr, "https:", 6) == 0 ? ":443" : ":80";
    struct carillon_str from = { scheme_end + 3, origin.len - (size_t)(scheme_end + 3 - origin.ptr) };
    if (ends_with(from, port))
        from.len -= strlen(port);
    if (ends_with(host, port))
        host.len -= strlen(port);
    return from.len == host.len && strncasecmp(from.ptr, host.ptr, from.len) == 0;
}

bool policy_is_local_origin(struct carillon_str origin)
{
    const char *scheme_end = origin.len > 3 ? strstr(origin.ptr, "://") : NULL;
    if (!scheme_end)
        return false;
    size_t skipped = (size_t)(scheme_end + 3 - origin.ptr);
    struct carillon_str name = host_name((struct carillon_str){ origin.ptr + skipped, origin.len - skipped });
    return equals(name, "localhost") || ends_with(name, ".localhost") || equals(name, "127.0.0.1") ||
           equals(name, "::1");
}

struct carillon_str policy_foreign_origin(const struct request *request)
{
    struct carillon_str origin = request_header(request, "origin");
    bool own = !origin.ptr || policy_same_host(origin, request_header(request, "host"));
    return own ? (struct carillon_str){ 0 } : origin;
}

bool policy_allows_origin(const struct request *request)
{
    struct carillon_str origin = policy_foreign_origin(request);
    if (!origin.ptr)
        return true;
    if (request->app)
        return app_allows_origin(request->app, origin);
    for (size_t i = 0; i < apps_count(); i++) {
        if (app_allows_origin(app_at(i), origin))
            return true;
    }
    return false;
}
