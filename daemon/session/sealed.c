#include "session/sealed.h"

#include "loop/worker.h"
#include "session/token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What fits CARILLON_SEALED_SIZE once it is signed and in base64url. */
enum { PLAIN_MAX = (CARILLON_SEALED_SIZE - 128) / 4 * 3 };

static const char purpose[] = "identity";

static json_t *json_from_str(struct carillon_str str)
{
    return json_stringn(str.ptr ? str.ptr : "", str.len);
}

static struct carillon_str json_str(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

enum carillon_result identity_seal(const struct identity *identity, char *out)
{
    json_t *object = json_object();
    json_object_set_new(object, "app", json_from_str(identity->app->name));
    json_object_set_new(object, "sub", json_from_str(identity->user.id));
    json_object_set_new(object, "name", json_from_str(identity->user.name));
    json_object_set_new(object, "jti", json_from_str(identity->token_id));
    json_object_set_new(object, "iat", json_integer(identity->issued_ms));
    json_object_set_new(object, "exp", json_integer(identity->expires_ms));
    json_object_set_new(object, "rights", identity_rights(identity));
    char *text = json_dumps(object, JSON_COMPACT);
    size_t len = text ? strlen(text) : 0, sealed = 0;
    if (len && len <= PLAIN_MAX)
        sealed = token_seal(purpose, text, len, out, CARILLON_SEALED_SIZE);
    json_decref(object);
    free(text);
    return sealed ? CARILLON_OK : CARILLON_TOO_LARGE;
}

static struct identity *identity_from_json(const struct app *app, const json_t *object)
{
    struct carillon_user user = { json_str(object, "sub"), json_str(object, "name") };
    return identity_new(app, user, json_str(object, "jti"), json_integer_value(json_object_get(object, "iat")),
                        json_integer_value(json_object_get(object, "exp")), json_object_get(object, "rights"));
}

enum error_code identity_unseal(const struct app *app, struct carillon_str sealed, struct identity **identity)
{
    char plain[PLAIN_MAX + 1];
    size_t len = token_unseal(purpose, sealed, plain, sizeof plain);
    json_t *object = len ? json_loadb(plain, len, 0, NULL) : NULL;
    if (!object)
        return ERROR_UNAUTHORIZED;
    struct carillon_str name = json_str(object, "app");
    const struct app *named = name.ptr ? app_find(name) : NULL;
    struct identity *made = named && (!app || app == named) ? identity_from_json(named, object) : NULL;
    json_decref(object);
    enum error_code error = ERROR_NONE;
    if (!made)
        error = ERROR_UNAUTHORIZED;
    else if (made->expires_ms && made->expires_ms <= loop_wall_ms())
        error = ERROR_TOKEN_EXPIRED;
    else if (identity_is_revoked(made))
        error = ERROR_TOKEN_REVOKED;
    if (error == ERROR_NONE)
        *identity = made;
    else
        identity_unref(made);
    return error;
}

static enum error_code ticket_check(const struct app *app, struct carillon_str ticket, struct identity **identity)
{
    struct identity *redeemed = ticket_redeem(ticket);
    if (redeemed && (!app || redeemed->app == app)) {
        *identity = redeemed;
        return ERROR_NONE;
    }
    identity_unref(redeemed);
    return ERROR_TICKET_INVALID;
}

enum error_code credential_check(const struct app *app, enum carillon_credential kind, struct carillon_str credential,
                                 struct identity **identity)
{
    *identity = NULL;
    switch (kind) {
    case CARILLON_CREDENTIAL_TOKEN:
        return token_verify(app, credential, identity);
    case CARILLON_CREDENTIAL_TICKET:
        return ticket_check(app, credential, identity);
    case CARILLON_CREDENTIAL_SEALED:
        return identity_unseal(app, credential, identity);
    }
    return ERROR_UNAUTHORIZED;
}
