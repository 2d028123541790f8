#include "http_client/client_private.h"

#include "base/str.h"
#include "http_client/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY_ROOM_FIRST = 4096 };

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

/* ---- what libcurl asks while it works; `done` is called from none of these ---- */

static int on_resolver_start(void *resolver, void *reserved, void *arg)
{
    struct fetch *fetch = arg;
    (void)resolver, (void)reserved;
    fetch->resolving = true;
    return 0;
}

/* The address that a connection is about to be made to: what the name says at this moment, not what it said before. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = arg;
    (void)purpose;
    fetch->resolving = false;
    if (!guard_admits_socket(&address->addr, fetch->allow, fetch->allow_count)) {
        fetch->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0 || multi_renew_socket(fetch->client, fd))
        return fd;
    close(fd);
    return CURL_SOCKET_BAD;
}

/* A connection that is used again may have been made for somebody who may go where this one may not. */
static int on_connected(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct fetch *fetch = arg;
    (void)local, (void)remote_port, (void)local_port;
    if (guard_admits((struct carillon_str){ remote, strlen(remote) }, fetch->allow, fetch->allow_count))
        return CURL_PREREQFUNC_OK;
    fetch->address_refused = true;
    return CURL_PREREQFUNC_ABORT;
}

static CURLcode on_ssl_context(CURL *easy, void *ssl_ctx, void *arg)
{
    struct fetch *fetch = arg;
    (void)easy;
    trust_apply(fetch->client->trust, ssl_ctx);
    return CURLE_OK;
}

/* Only counted: libcurl keeps them until they are asked for. */
static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    (void)bytes;
    fetch->headers_len += size * count;
    fetch->too_large = fetch->headers_len > fetch->headers_max;
    return fetch->too_large ? 0 : size * count;
}

static bool body_grow(struct fetch *fetch, size_t needed)
{
    size_t room = fetch->body_room ? fetch->body_room : BODY_ROOM_FIRST;
    while (room < needed)
        room *= 2;
    char *body = room == fetch->body_room ? fetch->body : realloc(fetch->body, room);
    if (!body)
        return false;
    fetch->body = body;
    fetch->body_room = room;
    return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    size_t len = size * count;
    fetch->too_large = fetch->body_len + len > fetch->body_max;
    if (fetch->too_large)
        return 0;
    fetch->no_memory = !body_grow(fetch, fetch->body_len + len + 1);
    if (fetch->no_memory)
        return 0;
    memcpy(fetch->body + fetch->body_len, bytes, len);
    fetch->body_len += len;
    fetch->body[fetch->body_len] = '\0';
    return len;
}

/* ---- what is asked ---- */

/* libcurl takes the URL as it was parsed here, so that it cannot be understood in two ways. */
static enum carillon_result url_set(struct fetch *fetch, struct carillon_str text)
{
    char *scheme = NULL, copy[CARILLON_FETCH_URL_MAX + 1];
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    fetch->url = curl_url();
    if (!fetch->url)
        return CARILLON_NO_MEMORY;
    if (curl_url_set(fetch->url, CURLUPART_URL, copy, CURLU_DISALLOW_USER) != CURLUE_OK ||
        curl_url_get(fetch->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return CARILLON_INVALID;
    fetch->secure = strcmp(scheme, "https") == 0;
    bool spoken = fetch->secure || strcmp(scheme, "http") == 0;
    curl_free(scheme);
    curl_easy_setopt(fetch->easy, CURLOPT_CURLU, fetch->url);
    return spoken ? CARILLON_OK : CARILLON_INVALID;
}

static bool header_append(struct fetch *fetch, const char *line)
{
    struct curl_slist *list = curl_slist_append(fetch->headers, line);
    if (list)
        fetch->headers = list;
    return list != NULL;
}

/* libcurl takes "Name;" for an empty value; "Name:" would leave it out. */
static bool header_add(struct fetch *fetch, const struct carillon_http_param *header)
{
    char *line = NULL;
    int len = header->value.len ? asprintf(&line, "%.*s: %.*s", (int)header->name.len, header->name.ptr,
                                           (int)header->value.len, header->value.ptr)
                                : asprintf(&line, "%.*s;", (int)header->name.len, header->name.ptr);
    bool added = len >= 0 && header_append(fetch, line);
    free(line);
    return added;
}

static enum carillon_result headers_set(struct fetch *fetch, const struct carillon_fetch *wish)
{
    bool typed = false, added = true;
    for (size_t i = 0; i < wish->header_count && added; i++) {
        const struct carillon_str name = wish->headers[i].name;
        typed = typed || (name.len == 12 && strncasecmp(name.ptr, "content-type", 12) == 0);
        added = header_add(fetch, &wish->headers[i]);
    }
    /* libcurl would wait for a 100, and take the body for a form. */
    added = added && header_append(fetch, "Expect:") && (typed || header_append(fetch, "Content-Type:"));
    curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
    return added ? CARILLON_OK : CARILLON_NO_MEMORY;
}

static enum carillon_result body_set(struct fetch *fetch, struct carillon_str body)
{
    curl_easy_setopt(fetch->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(fetch->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    return curl_easy_setopt(fetch->easy, CURLOPT_COPYPOSTFIELDS, body.len ? body.ptr : "") == CURLE_OK
               ? CARILLON_OK
               : CARILLON_NO_MEMORY;
}

/* GET, HEAD and POST are libcurl's own; with them it knows what becomes of the method at a redirect. */
static enum carillon_result method_set(struct fetch *fetch, struct carillon_str method, struct carillon_str body)
{
    char name[33];
    if (!method.ptr)
        method = body.len ? CARILLON_STR("POST") : CARILLON_STR("GET");
    memcpy(name, method.ptr, method.len);
    name[method.len] = '\0';
    bool carries = body.len || strcmp(name, "POST") == 0 || strcmp(name, "PUT") == 0 || strcmp(name, "PATCH") == 0;
    enum carillon_result result = carries ? body_set(fetch, body) : CARILLON_OK;
    if (strcmp(name, "HEAD") == 0 && !carries)
        curl_easy_setopt(fetch->easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(name, carries ? "POST" : "GET") != 0)
        curl_easy_setopt(fetch->easy, CURLOPT_CUSTOMREQUEST, name);
    return result;
}

static enum carillon_result allow_set(struct fetch *fetch, const struct carillon_fetch *wish)
{
    if (!wish->allow_count)
        return CARILLON_OK;
    fetch->allow = calloc(wish->allow_count, sizeof *fetch->allow);
    if (!fetch->allow)
        return CARILLON_NO_MEMORY;
    fetch->allow_count = wish->allow_count;
    for (size_t i = 0; i < wish->allow_count; i++)
        if (!cidr_parse(wish->allow[i], &fetch->allow[i]))
            return CARILLON_INVALID;
    return CARILLON_OK;
}

static void limits_set(struct fetch *fetch, const struct carillon_fetch *wish)
{
    fetch->began_ms = loop_monotonic_ms();
    fetch->total_ms = or_default(wish->total_ms, CARILLON_FETCH_TOTAL_DEFAULT_MS);
    fetch->headers_max = (size_t)or_default((int64_t)wish->headers_max, CARILLON_FETCH_HEADERS_MAX);
    fetch->body_max = (size_t)or_default((int64_t)wish->body_max, CARILLON_FETCH_BODY_DEFAULT);
    fetch->needs_trust = fetch->secure || wish->redirects;
    fetch->weight = sizeof *fetch + wish->url.len + wish->body.len;
    for (size_t i = 0; i < wish->header_count; i++)
        fetch->weight += wish->headers[i].name.len + wish->headers[i].value.len;
    curl_easy_setopt(fetch->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)or_default(wish->connect_ms, CARILLON_FETCH_CONNECT_DEFAULT_MS));
    curl_easy_setopt(fetch->easy, CURLOPT_FOLLOWLOCATION, wish->redirects ? 1L : 0L);
    curl_easy_setopt(fetch->easy, CURLOPT_MAXREDIRS, (long)wish->redirects);
    curl_easy_setopt(fetch->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(fetch->easy, CURLOPT_REDIR_PROTOCOLS_STR, fetch->secure ? "https" : "http,https");
}

/* What holds for every fetch. */
static void easy_prepare(struct fetch *fetch)
{
    CURL *easy = fetch->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* or its end waits for the resolver's thread */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");      /* not the environment's: the address would be the proxy's */
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "carillon/" CARILLON_VERSION);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolver_start);
    curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, fetch);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L); /* or the first certificates would be used for ever */
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, fetch);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
}

enum carillon_result fetch_new(struct client *client, const struct carillon_fetch *wish, struct fetch **made)
{
    enum carillon_result result = wish_check(wish);
    struct fetch *fetch = result == CARILLON_OK ? calloc(1, sizeof *fetch) : NULL;
    if (!fetch)
        return result == CARILLON_OK ? CARILLON_NO_MEMORY : result;
    fetch->client = client;
    fetch->easy = curl_easy_init();
    result = fetch->easy ? url_set(fetch, wish->url) : CARILLON_NO_MEMORY;
    if (result == CARILLON_OK)
        result = allow_set(fetch, wish);
    if (result == CARILLON_OK)
        result = headers_set(fetch, wish);
    if (result == CARILLON_OK)
        result = method_set(fetch, wish->method, wish->body);
    if (result != CARILLON_OK) {
        fetch_free(fetch);
        return result;
    }
    limits_set(fetch, wish);
    easy_prepare(fetch);
    *made = fetch;
    return CARILLON_OK;
}

void fetch_free(struct fetch *fetch)
{
    curl_easy_cleanup(fetch->easy);
    curl_url_cleanup(fetch->url);
    curl_slist_free_all(fetch->headers);
    free(fetch->allow);
    free(fetch->body);
    free(fetch);
}
