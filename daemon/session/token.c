#include "session/token.h"
#include "base/str.h"
#include "base/base64url.h"
#include "base/log.h"
#include "loop/worker.h"
#include "session/app_private.h"
#include "session/revocation.h"
#include "session/seal.h"
#include "session/secret.h"
#include "session/ticket.h"
#include "stats/stats.h"

#include <math.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_ID_BYTES = 6, TOKEN_ID_BYTES = 16, TOKEN_ID_MAX = 256 };
static const struct carillon_str own_issuer = CARILLON_STR("carillon");

static unsigned char own_secret[SECRET_BYTES];
static char own_key_id[sizeof "carillon-" + BASE64URL_LEN(KEY_ID_BYTES)];
static struct app_jwt_key own_key;
static _Atomic int64_t leeway_ms, lifetime_max_ms;

static void make_own_key(void)
{
    unsigned char fingerprint[SECRET_BYTES];
    secret_derive("token", own_secret);
    secret_derive("token key id", fingerprint);
    strcpy(own_key_id, "carillon-");
    base64url_encode(fingerprint, KEY_ID_BYTES, own_key_id + strlen("carillon-"));
    own_key = (struct app_jwt_key){
        .key = { JWS_HS256, { own_key_id, strlen(own_key_id) }, { (const char *)own_secret, sizeof own_secret } },
        .issuer = own_issuer,
    };
}

enum carillon_result tokens_open(const struct config *config)
{
    tokens_configure(config);
    enum carillon_result result = secret_open(config_str(config_find(config, "tokens.key_file")).ptr);
    if (result != CARILLON_OK)
        return result;
    make_own_key();
    seals_open();
    tickets_open();
    revocations_open();
    return CARILLON_OK;
}

void tokens_configure(const struct config *config)
{
    atomic_store(&leeway_ms, config_int(config_find(config, "tokens.leeway")));
    atomic_store(&lifetime_max_ms, config_int(config_find(config, "tokens.lifetime_max")));
}

int64_t tokens_lifetime_max(void)
{
    return atomic_load(&lifetime_max_ms) + atomic_load(&leeway_ms);
}

void tokens_close(void)
{
    tickets_close();
    revocations_close();
    secret_close();
}

/* Absent if there is none or it is not a string. */
static struct carillon_str claim_str(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    return (struct carillon_str){ json_string_value(value), json_string_length(value) };
}

/* NumericDate: seconds, possibly with a fraction. False if it is there and nonsense. */
static bool claim_ms(const json_t *claims, const char *name, int64_t absent, int64_t *ms)
{
    const json_t *value = json_object_get(claims, name);
    *ms = absent;
    if (!value)
        return true;
    double seconds = json_number_value(value);
    if (!json_is_number(value) || !(seconds >= 0 && seconds < 1e11))
        return false;
    *ms = llround(seconds * 1000);
    return true;
}

static bool audience_matches(const json_t *audience, struct carillon_str wanted)
{
    const json_t *each;
    size_t i;
    if (json_is_string(audience))
        return str_equal((struct carillon_str){ json_string_value(audience), json_string_length(audience) }, wanted);
    json_array_foreach(audience, i, each) if (json_is_string(each) && audience_matches(each, wanted)) return true;
    return false;
}

/* The app whose keys may check the token: the wanted one, or what it claims; never another than it claims. */
static const struct app *choose_app(const struct app *wanted, const json_t *claims)
{
    const json_t *claim = json_object_get(claims, "app");
    if (claim && !json_is_string(claim))
        return NULL;
    struct carillon_str name = claim_str(claims, "app");
    if (!wanted)
        return app_find(name);
    return !claim || str_equal(wanted->name, name) ? wanted : NULL;
}

static const struct app_jwt_key *choose_key(const struct app *app, struct carillon_str id)
{
    if (str_equal(id, own_key.key.id))
        return &own_key;
    const struct app_details *details = app_settings(app)->details;
    for (size_t i = 0; i < details->jwt_key_count; i++)
        if (str_equal(id, details->jwt_keys[i].key.id))
            return &details->jwt_keys[i];
    return NULL;
}

static bool claims_fit_key(const json_t *claims, const struct app_jwt_key *key)
{
    return (key->issuer.len == 0 || str_equal(claim_str(claims, "iss"), key->issuer)) &&
           (key->audience.len == 0 || audience_matches(json_object_get(claims, "aud"), key->audience)) &&
           (key != &own_key || json_object_get(claims, "app"));
}

struct times {
    int64_t issued, expires;
};

static enum error_code check_times(const json_t *claims, bool own, struct times *times)
{
    int64_t now = loop_wall_ms(), leeway = own ? 0 : atomic_load(&leeway_ms), not_before;
    if (!claim_ms(claims, "exp", -1, &times->expires) || !claim_ms(claims, "nbf", 0, &not_before) ||
        !claim_ms(claims, "iat", 0, &times->issued) || times->expires < 0)
        return ERROR_UNAUTHORIZED;
    /* A session made from the token lives to the same moment up to which the token is taken. */
    times->expires += leeway;
    if (times->expires <= now)
        return ERROR_TOKEN_EXPIRED;
    if (not_before > now + leeway || times->issued > now + leeway ||
        times->expires > now + leeway + atomic_load(&lifetime_max_ms))
        return ERROR_UNAUTHORIZED;
    return ERROR_NONE;
}

/* A name that is missing is the id. */
static bool claimed_user(const json_t *claims, struct carillon_user *user)
{
    user->id = claim_str(claims, "sub");
    user->name = json_object_get(claims, "name") ? claim_str(claims, "name") : user->id;
    return user_id_valid(user->id) && user_name_valid(user->name);
}

static enum error_code make_identity(const struct app *app, const json_t *claims, bool own, struct identity **identity)
{
    struct times times;
    struct carillon_user user;
    const json_t *rights = json_object_get(claims, "rights");
    enum error_code error = check_times(claims, own, &times);
    if (error != ERROR_NONE)
        return error;
    if (!revocations_are_loaded())
        return ERROR_STORAGE_UNAVAILABLE;
    if (!claimed_user(claims, &user) || (rights && !identity_rights_valid(rights)) ||
        claim_str(claims, "jti").len > TOKEN_ID_MAX)
        return ERROR_UNAUTHORIZED;
    *identity = identity_new(app, user, claim_str(claims, "jti"), times.issued, times.expires, rights);
    if (!*identity)
        return ERROR_BUSY;
    (*identity)->own_token = own;
    if (!identity_is_revoked(*identity))
        return ERROR_NONE;
    identity_unref(*identity);
    *identity = NULL;
    return ERROR_TOKEN_REVOKED;
}

enum error_code token_verify(const struct app *app, struct carillon_str token, struct identity **identity)
{
    struct jws jws;
    enum error_code error = ERROR_UNAUTHORIZED;
    *identity = NULL;
    if (!jws_open(&jws, token))
        return error;
    const struct app *chosen = choose_app(app, jws.claims);
    const struct app_jwt_key *key = chosen ? choose_key(chosen, jws.key_id) : NULL;
    if (key && jws_verify(&jws, &key->key) && claims_fit_key(jws.claims, key))
        error = make_identity(chosen, jws.claims, key == &own_key, identity);
    jws_close(&jws);
    stats_count(error == ERROR_NONE ? STAT_SIGN_INS : STAT_SIGN_INS_REFUSED);
    return error;
}

static json_t *make_claims(const struct app *app, struct carillon_user user, int64_t now, int64_t expires,
                           const struct json_t *rights)
{
    unsigned char random[TOKEN_ID_BYTES];
    char id[BASE64URL_LEN(TOKEN_ID_BYTES) + 1];
    if (RAND_bytes(random, sizeof random) != 1)
        return NULL;
    base64url_encode(random, sizeof random, id);
    json_t *claims = json_pack("{s:s, s:s%, s:s%, s:s%, s:s, s:f, s:f}", "iss", own_issuer.ptr, "app", app->name.ptr,
                               app->name.len, "sub", user.id.ptr, user.id.len, "name", user.name.ptr, user.name.len,
                               "jti", id, "iat", (double)now / 1000, "exp", (double)expires / 1000);
    if (claims && rights)
        json_object_set(claims, "rights", (json_t *)(uintptr_t)rights);
    return claims;
}

enum carillon_result token_issue(const struct app *app, struct carillon_user user, int64_t ttl_ms,
                                 const struct json_t *rights, char **token, int64_t *expires_ms)
{
    int64_t now = loop_wall_ms();
    *expires_ms = now + ttl_ms;
    json_t *claims = make_claims(app, user, now, *expires_ms, rights);
    *token = claims ? jws_sign(&own_key.key, claims) : NULL;
    json_decref(claims);
    if (!*token)
        return CARILLON_NO_MEMORY;
    if (strlen(*token) <= JWS_TOKEN_MAX)
        return CARILLON_OK;
    free(*token);
    *token = NULL;
    return CARILLON_TOO_LARGE;
}
