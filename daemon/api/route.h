/*
 * THE table of routes. README.md says what each does, openapi.json what goes in and out; tests hold the three together.
 */
#ifndef CARILLON_API_ROUTE_H
#define CARILLON_API_ROUTE_H

#include <carillon/transport.h>

struct call;

/* Whom a route serves: PUBLIC everybody; PERSON those with a token; ANY a server's API key too; SERVER only that. */
enum route_access { ROUTE_PUBLIC, ROUTE_PERSON, ROUTE_ANY, ROUTE_SERVER };

enum { NO_BODY = 0, BODY_SMALL = 8 * 1024, BODY_MESSAGE = 256 * 1024, BODY_BATCH = 2 * 1024 * 1024 };

#define API_PREFIX "/api/v1"
#define CONVERSATION API_PREFIX "/conversations/{channel}"
#define MESSAGE CONVERSATION "/messages/{id}"

/* X(method, pattern, access, largest body, handler) */
#define API_ROUTES(X)                                                                                                  \
    X(GET, "/healthz", PUBLIC, NO_BODY, health_alive)                                                                  \
    X(GET, "/readyz", PUBLIC, NO_BODY, health_ready)                                                                   \
    X(GET, "/metrics", PUBLIC, NO_BODY, health_metrics)                                                                \
    X(GET, API_PREFIX "/openapi.json", PUBLIC, NO_BODY, openapi_show)                                                  \
    X(GET, API_PREFIX "/config", PUBLIC, NO_BODY, config_show)                                                         \
    X(POST, API_PREFIX "/tokens", PUBLIC, BODY_SMALL * 2, tokens_create)                                               \
    X(POST, API_PREFIX "/tokens/refresh", PERSON, BODY_SMALL, tokens_refresh)                                          \
    X(DELETE, API_PREFIX "/tokens", PERSON, NO_BODY, tokens_revoke)                                                    \
    X(POST, API_PREFIX "/tickets", PERSON, BODY_SMALL, tickets_create)                                                 \
    X(GET, API_PREFIX "/me", PERSON, NO_BODY, me_show)                                                                 \
    X(GET, API_PREFIX "/me/export", PERSON, NO_BODY, me_export)                                                        \
    X(DELETE, API_PREFIX "/me", PERSON, NO_BODY, me_erase)                                                             \
    X(GET, API_PREFIX "/conversations", ANY, NO_BODY, conversations_list)                                              \
    X(POST, API_PREFIX "/conversations", ANY, BODY_SMALL, conversations_create)                                        \
    X(GET, CONVERSATION, ANY, NO_BODY, conversations_show)                                                             \
    X(PATCH, CONVERSATION, ANY, BODY_SMALL, conversations_update)                                                      \
    X(POST, CONVERSATION "/join", PERSON, BODY_SMALL, conversations_join)                                              \
    X(POST, CONVERSATION "/leave", PERSON, BODY_SMALL, conversations_leave)                                            \
    X(GET, CONVERSATION "/members", ANY, NO_BODY, members_list)                                                        \
    X(PUT, CONVERSATION "/members/{user}", ANY, BODY_SMALL, members_put)                                               \
    X(DELETE, CONVERSATION "/members/{user}", ANY, NO_BODY, members_remove)                                            \
    X(POST, CONVERSATION "/invitations", ANY, BODY_SMALL, invitations_create)                                          \
    X(GET, CONVERSATION "/invitations", ANY, NO_BODY, invitations_list)                                                \
    X(DELETE, CONVERSATION "/invitations/{code}", ANY, NO_BODY, invitations_revoke)                                    \
    X(GET, API_PREFIX "/invitations/{code}", PERSON, NO_BODY, invitations_show)                                        \
    X(POST, API_PREFIX "/invitations/{code}/accept", PERSON, BODY_SMALL, invitations_accept)                           \
    X(GET, CONVERSATION "/messages", ANY, NO_BODY, messages_list)                                                      \
    X(POST, CONVERSATION "/messages", ANY, BODY_MESSAGE, messages_post)                                                \
    X(GET, MESSAGE, ANY, NO_BODY, messages_show)                                                                       \
    X(PATCH, MESSAGE, ANY, BODY_MESSAGE, messages_edit)                                                                \
    X(DELETE, MESSAGE, ANY, NO_BODY, messages_delete)                                                                  \
    X(PUT, MESSAGE "/reactions/{emoji}", PERSON, BODY_SMALL, reactions_add)                                            \
    X(DELETE, MESSAGE "/reactions/{emoji}", PERSON, NO_BODY, reactions_remove)                                         \
    X(GET, CONVERSATION "/held", ANY, NO_BODY, held_list)                                                              \
    X(POST, CONVERSATION "/held/{id}/release", ANY, BODY_SMALL, held_release_one)                                      \
    X(DELETE, CONVERSATION "/held/{id}", ANY, NO_BODY, held_discard_one)                                               \
    X(GET, CONVERSATION "/changes", ANY, NO_BODY, changes_list)                                                        \
    X(PUT, CONVERSATION "/read", PERSON, BODY_SMALL, read_mark)                                                        \
    X(POST, CONVERSATION "/typing", PERSON, BODY_SMALL, typing_tell)                                                   \
    X(GET, API_PREFIX "/search", ANY, NO_BODY, search_messages)                                                        \
    X(GET, API_PREFIX "/users/{id}", ANY, NO_BODY, users_show)                                                         \
    X(POST, API_PREFIX "/users/{id}/join", SERVER, BODY_SMALL, users_join)                                             \
    X(POST, API_PREFIX "/users/{id}/leave", SERVER, BODY_SMALL, users_leave)                                           \
    X(POST, API_PREFIX "/users/{id}/disconnect", SERVER, BODY_SMALL, users_disconnect)                                 \
    X(POST, API_PREFIX "/users/{id}/tokens", SERVER, BODY_SMALL, users_issue_token)                                    \
    X(POST, API_PREFIX "/publish", SERVER, BODY_MESSAGE, publish_one)                                                  \
    X(POST, API_PREFIX "/publish/batch", SERVER, BODY_BATCH, publish_batch)

enum api_route_index {
#define API_X(method, pattern, access, body, handler) ROUTE_##handler,
    API_ROUTES(API_X)
#undef API_X
};

struct api_route {
    struct carillon_http_route http;
    enum route_access access;
    void (*run)(struct call *call);
};

/* The handlers; each ends its call once, at once or later. */
#define API_X(method, pattern, access, body, handler) void handler(struct call *call);
API_ROUTES(API_X)
#undef API_X

const struct api_route *api_routes(size_t *count);

#endif
