/*
 * Who somebody is and what they may do: made from a token, immutable, shared by reference count, any thread.
 */
#ifndef CARILLON_SESSION_IDENTITY_H
#define CARILLON_SESSION_IDENTITY_H

#include "session/app.h"
#include <carillon/message.h>

/* X(NAME, "claim"): lists of channel patterns in the token's `rights`; a list that is missing leaves it to the channel's options. */
#define IDENTITY_RIGHTS(X)                                                                                             \
    X(SUBSCRIBE, "subscribe")                                                                                          \
    X(PUBLISH, "publish")                                                                                              \
    X(CLIENT_EVENT, "client_event")                                                                                    \
    X(MODERATE, "moderate")

enum identity_right {
#define IDENTITY_X(name, claim) IDENTITY_##name,
    IDENTITY_RIGHTS(IDENTITY_X)
#undef IDENTITY_X
        IDENTITY_RIGHT_COUNT
};

enum identity_answer { IDENTITY_SILENT, IDENTITY_ALLOWED, IDENTITY_DENIED };

#define SERVER_USER_ID "server"

struct identity {
    const struct app *app;
    struct carillon_user user;     /* id empty: nobody in particular */
    struct carillon_str info;      /* what the person tells of itself (JSON); may be absent */
    struct carillon_str token_id;  /* jti */
    int64_t issued_ms, expires_ms; /* expires 0: never */
    bool server;                   /* an API key: may do everything in its app */
    bool own_token;                /* this daemon issued it, and so may renew it */
    bool may_create;               /* conversations: what the token says, else the app's rule for people */
    /* patterns: session/identity.c */
};

/* 1 to 128 bytes of [A-Za-z0-9_\-=@,.;]; SERVER_USER_ID belongs to nobody. */
bool user_id_valid(struct carillon_str id);
/* UTF-8 with no control character, and none that hides or changes the direction of what follows. */
bool text_is_plain_line(struct carillon_str text);
/* Such a line of 1 to 80 bytes. */
bool user_name_valid(struct carillon_str name);
/* Copies. rights: the token's `rights`, which identity_rights_valid() took, or NULL. NULL when memory is short. */
struct json_t;
bool identity_rights_valid(const struct json_t *rights);
struct identity *identity_new(const struct app *app, struct carillon_user user, struct carillon_str token_id,
                              int64_t issued_ms, int64_t expires_ms, const struct json_t *rights);
/* as: who is shown as the author: SERVER_USER_ID and the key's name, or the user for whom a server acts. */
struct identity *identity_new_server(const struct app *app, struct carillon_user as);
/* For whom a transport vouches: the app's secret said so, or it is nobody in particular (user NULL). info may be absent. */
struct identity *identity_new_vouched(const struct app *app, const struct carillon_user *user,
                                      struct carillon_str info);
bool identity_is_anonymous(const struct identity *identity);
struct identity *identity_ref(const struct identity *identity);
void identity_unref(const struct identity *identity);
/* What the token says of it; SILENT: nothing, the channel's options decide. A server's key is always ALLOWED. */
enum identity_answer identity_check(const struct identity *identity, enum identity_right right,
                                    struct carillon_str channel);

/* The rights as in the token, a new reference: what `/me` shows and a refreshed token gets. */
struct json_t *identity_rights(const struct identity *identity);

#endif
