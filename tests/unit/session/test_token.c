#include "unit/session/fixture.h"

#include "base/base64url.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <time.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

enum { PEM_SIZE = 4096 };
static char rsa_private[PEM_SIZE], rsa_public[PEM_SIZE], ec_private[PEM_SIZE], ec_public[PEM_SIZE];
static const struct app *app;

/* ---- keys ---- */

static void write_pem(EVP_PKEY *key, char *private, char *public)
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    private[BIO_read(bio, private, PEM_SIZE - 1)] = '\0';
    PEM_write_bio_PUBKEY(bio, key);
    public[BIO_read(bio, public, PEM_SIZE - 1)] = '\0';
    BIO_free(bio);
    EVP_PKEY_free(key);
}

static int open_all(void **state)
{
    static char lua[4 * PEM_SIZE];
    (void)state;
    fixture_open();
    write_pem(EVP_RSA_gen(2048), rsa_private, rsa_public);
    write_pem(EVP_EC_gen("P-256"), ec_private, ec_public);
    snprintf(lua, sizeof lua,
             "apps = { main = { token_ttl = '1h', jwt_keys = {"
             " { algorithm = 'HS256', key = '" SECRET "' },"
             " { kid = 'strict', algorithm = 'HS256', key = '" OTHER_SECRET "', issuer = 'me', audience = 'chat' },"
             " { kid = 'rsa', algorithm = 'RS256', key = [[%s]] },"
             " { kid = 'ec', algorithm = 'ES256', key = [[%s]] } } },"
             " second = { jwt_keys = { { algorithm = 'HS256', key = '" OTHER_SECRET "' } } } }\n"
             "tokens = { lifetime_max = '2d' }",
             rsa_public, ec_public);
    struct config *config = fixture_config(lua);
    assert_non_null(config);
    assert_int_equal(apps_load(config), CARILLON_OK);
    assert_int_equal(tokens_open(config), CARILLON_OK);
    config_unref(config);
    revocations_set_loaded();
    app = app_find(CARILLON_STR("main"));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tokens_close();
    apps_free();
    fixture_close();
    return 0;
}

/* ---- making tokens as a backend does ---- */

static char *sign(jwt_alg_t algorithm, const char *key, const char *kid, json_t *claims)
{
    jwt_t *jwt;
    char *text = json_dumps(claims, JSON_COMPACT);
    assert_int_equal(jwt_new(&jwt), 0);
    if (kid)
        jwt_add_header(jwt, "kid", kid);
    assert_int_equal(jwt_add_grants_json(jwt, text), 0);
    assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key ? (int)strlen(key) : 0), 0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    jwt_free(jwt);
    free(text);
    json_decref(claims);
    return token;
}

static json_t *claims_for(int64_t seconds)
{
    int64_t now = time(NULL);
    return json_pack("{s:s, s:s, s:I, s:I}", "sub", "ada", "name", "Ada", "iat", (json_int_t)now, "exp",
                     (json_int_t)(now + seconds));
}

/* Takes over the token. */
static enum error_code verify_for(const struct app *wanted, char *token)
{
    struct identity *identity;
    enum error_code error = token_verify(wanted, str_of(token), &identity);
    assert_true((error == ERROR_NONE) == (identity != NULL));
    identity_unref(identity);
    free(token);
    return error;
}

static enum error_code verify(char *token)
{
    return verify_for(NULL, token);
}

/* A token from its three parts as they are, to be taken apart from what a library would write. */
static char *assemble(const char *header, const char *payload, const char *signature)
{
    char head[512], body[1024], *token = malloc(2048);
    base64url_encode(header, strlen(header), head);
    base64url_encode(payload, strlen(payload), body);
    snprintf(token, 2048, "%s.%s.%s", head, body, signature);
    return token;
}

/* ---- good ones ---- */

static void test_algorithms(void **state)
{
    (void)state;
    assert_int_equal(verify(sign(JWT_ALG_HS256, SECRET, NULL, claims_for(60))), ERROR_NONE);
    assert_int_equal(verify(sign(JWT_ALG_RS256, rsa_private, "rsa", claims_for(60))), ERROR_NONE);
    assert_int_equal(verify(sign(JWT_ALG_ES256, ec_private, "ec", claims_for(60))), ERROR_NONE);
}

static void test_claims_become_the_identity(void **state)
{
    (void)state;
    struct identity *identity;
    json_t *claims = claims_for(60);
    json_object_set_new(claims, "jti", json_string("t1"));
    json_object_set_new(claims, "rights",
                        json_pack("{s:[s,s], s:[], s:b}", "subscribe", "chat-*", "news", "publish", "create", 0));
    char *token = sign(JWT_ALG_HS256, SECRET, NULL, claims);
    assert_int_equal(token_verify(app, str_of(token), &identity), ERROR_NONE);
    assert_ptr_equal(identity->app, app);
    assert_string_equal(identity->user.id.ptr, "ada");
    assert_string_equal(identity->user.name.ptr, "Ada");
    assert_string_equal(identity->token_id.ptr, "t1");
    assert_false(identity->may_create);
    assert_false(identity->own_token);
    assert_int_equal(identity_check(identity, IDENTITY_SUBSCRIBE, CARILLON_STR("chat-1")), IDENTITY_ALLOWED);
    assert_int_equal(identity_check(identity, IDENTITY_SUBSCRIBE, CARILLON_STR("other")), IDENTITY_DENIED);
    assert_int_equal(identity_check(identity, IDENTITY_PUBLISH, CARILLON_STR("chat-1")), IDENTITY_DENIED);
    assert_int_equal(identity_check(identity, IDENTITY_MODERATE, CARILLON_STR("chat-1")), IDENTITY_SILENT);
    json_t *rights = identity_rights(identity),
           *wanted = json_pack("{s:[s,s], s:[], s:b}", "subscribe", "chat-*", "news", "publish", "create", 0);
    assert_true(json_equal(rights, wanted));
    json_decref(rights);
    json_decref(wanted);
    identity_unref(identity);
    free(token);
}

static void test_own_tokens(void **state)
{
    (void)state;
    char *token;
    int64_t expires_ms;
    struct identity *identity;
    const struct carillon_user user = { CARILLON_STR("g_1"), CARILLON_STR("Zo\xc3\xab \"Z\"") };
    assert_int_equal(token_issue(app, user, 3600000, NULL, &token, &expires_ms), CARILLON_OK);
    assert_int_equal(token_verify(NULL, str_of(token), &identity), ERROR_NONE);
    assert_true(identity->own_token);
    assert_string_equal(identity->user.name.ptr, user.name.ptr);
    assert_true(identity->token_id.len > 20);
    assert_true(identity->expires_ms - expires_ms <= 1 && expires_ms - identity->expires_ms <= 1);
    identity_unref(identity);
    assert_int_equal(token_verify(app_find(CARILLON_STR("second")), str_of(token), &identity), ERROR_UNAUTHORIZED);
    free(token);
}

static void test_issuer_and_audience(void **state)
{
    (void)state;
    static const struct {
        const char *claims;
        enum error_code error;
    } cases[] = {
        { "{}", ERROR_UNAUTHORIZED },
        { "{\"iss\":\"me\"}", ERROR_UNAUTHORIZED },
        { "{\"iss\":\"me\",\"aud\":\"other\"}", ERROR_UNAUTHORIZED },
        { "{\"iss\":\"you\",\"aud\":\"chat\"}", ERROR_UNAUTHORIZED },
        { "{\"iss\":\"me\",\"aud\":\"chat\"}", ERROR_NONE },
        { "{\"iss\":\"me\",\"aud\":[\"x\",\"chat\"]}", ERROR_NONE },
        { "{\"iss\":\"me\",\"aud\":[[\"chat\"],1]}", ERROR_UNAUTHORIZED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *claims = claims_for(60), *more = json_loads(cases[i].claims, 0, NULL);
        json_object_update(claims, more);
        json_decref(more);
        if (verify(sign(JWT_ALG_HS256, OTHER_SECRET, "strict", claims)) != cases[i].error)
            fail_msg("%s", cases[i].claims);
    }
}

/* ---- bad ones ---- */

static void test_no_algorithm(void **state)
{
    (void)state;
    const char *payload = "{\"sub\":\"ada\",\"exp\":4000000000}";
    assert_int_equal(verify(sign(JWT_ALG_NONE, NULL, NULL, claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(assemble("{\"alg\":\"none\"}", payload, "")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(assemble("{\"alg\":\"NONE\"}", payload, "AAAA")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(assemble("{}", payload, "AAAA")), ERROR_UNAUTHORIZED);
}

/* The public key is no secret: it must not pass as one. */
static void test_algorithm_confusion(void **state)
{
    (void)state;
    assert_int_equal(verify(sign(JWT_ALG_HS256, rsa_public, "rsa", claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_HS256, ec_public, "ec", claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_HS512, SECRET, NULL, claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_RS256, rsa_private, NULL, claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_RS384, rsa_private, "rsa", claims_for(60))), ERROR_UNAUTHORIZED);
}

static void test_keys(void **state)
{
    (void)state;
    assert_int_equal(verify(sign(JWT_ALG_HS256, OTHER_SECRET, NULL, claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_HS256, SECRET, "unknown", claims_for(60))), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(sign(JWT_ALG_RS256, rsa_private, "ec", claims_for(60))), ERROR_UNAUTHORIZED);
}

static void test_apps(void **state)
{
    (void)state;
    const struct app *second = app_find(CARILLON_STR("second"));
    json_t *claims = claims_for(60);
    json_object_set_new(claims, "app", json_string("second"));
    json_incref(claims);
    assert_int_equal(verify(sign(JWT_ALG_HS256, OTHER_SECRET, NULL, claims)), ERROR_NONE);
    json_incref(claims);
    assert_int_equal(verify_for(app, sign(JWT_ALG_HS256, OTHER_SECRET, NULL, claims)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_for(app, sign(JWT_ALG_HS256, SECRET, NULL, claims)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_for(second, sign(JWT_ALG_HS256, SECRET, NULL, claims_for(60))), ERROR_UNAUTHORIZED);
    claims = claims_for(60);
    json_object_set_new(claims, "app", json_string("nowhere"));
    assert_int_equal(verify(sign(JWT_ALG_HS256, SECRET, NULL, claims)), ERROR_UNAUTHORIZED);
}

static enum error_code verify_with(const char *name, json_t *value)
{
    json_t *claims = claims_for(60);
    if (value)
        json_object_set_new(claims, name, value);
    else
        json_object_del(claims, name);
    return verify(sign(JWT_ALG_HS256, SECRET, NULL, claims));
}

static void test_times(void **state)
{
    (void)state;
    json_int_t now = time(NULL);
    assert_int_equal(verify_with("exp", json_integer(now - 10)), ERROR_NONE); /* a clock may be 30 s off */
    assert_int_equal(verify_with("exp", json_integer(now - 31)), ERROR_TOKEN_EXPIRED);
    assert_int_equal(verify_with("exp", json_real((double)now + 0.5)), ERROR_NONE);
    assert_int_equal(verify_with("exp", NULL), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("exp", json_string("4000000000")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("exp", json_integer(-1)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("exp", json_real(1e300)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("exp", json_integer(now + 3 * 86400)), ERROR_UNAUTHORIZED); /* beyond lifetime_max */
    assert_int_equal(verify_with("nbf", json_integer(now + 20)), ERROR_NONE);
    assert_int_equal(verify_with("nbf", json_integer(now + 60)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("iat", json_integer(now + 60)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("iat", NULL), ERROR_NONE);
}

static void test_expired_own_token(void **state)
{
    (void)state;
    char *token;
    int64_t expires_ms;
    const struct carillon_user user = { CARILLON_STR("g_1"), CARILLON_STR("Ada") };
    assert_int_equal(token_issue(app, user, -1, NULL, &token, &expires_ms), CARILLON_OK);
    assert_int_equal(verify(token), ERROR_TOKEN_EXPIRED); /* our own clock needs no leeway */
}

static void test_users(void **state)
{
    (void)state;
    assert_int_equal(verify_with("sub", NULL), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("sub", json_string("")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("sub", json_string("with space")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("sub", json_string(SERVER_USER_ID)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("sub", json_integer(5)), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("name", NULL), ERROR_NONE);
    assert_int_equal(verify_with("name", json_string("")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("name", json_string("line\nbreak")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("name", json_string("\xe2\x80\xae"
                                                     "backwards")),
                     ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("rights", json_string("all")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("rights", json_pack("{s:s}", "subscribe", "*")), ERROR_UNAUTHORIZED);
    assert_int_equal(verify_with("rights", json_pack("{s:[i]}", "publish", 1)), ERROR_UNAUTHORIZED);
}

static void test_tampered(void **state)
{
    (void)state;
    char *good = sign(JWT_ALG_HS256, SECRET, NULL, claims_for(60));
    size_t len = strlen(good);
    for (size_t i = 0; i < len; i++) {
        char *bad = strdup(good);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        if (verify(bad) == ERROR_NONE)
            fail_msg("a change of character %zu of %s was not noticed", i, good);
    }
    for (size_t i = 0; i < len; i++)
        assert_int_not_equal(verify(strndup(good, i)), ERROR_NONE);
    free(good);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       ".",
                                       "..",
                                       "...",
                                       "a.b.c",
                                       "e30.e30.",
                                       "e30.e30",
                                       "e30.e30.e",
                                       "e30=.e30.e30",
                                       "e30.e30.e30.e30",
                                       "W10.e30.AAAA",
                                       " e30.e30.AAAA" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(verify(strdup(bad[i])), ERROR_UNAUTHORIZED);
    char *huge = malloc(20001);
    memset(huge, 'a', 20000);
    huge[100] = huge[200] = '.';
    huge[20000] = '\0';
    assert_int_equal(verify(huge), ERROR_UNAUTHORIZED);
    assert_int_equal(verify(assemble("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{}", "AAAA")),
                     ERROR_UNAUTHORIZED);
    assert_int_equal(verify(assemble("{\"alg\":\"HS256\",\"kid\":7}", "{}", "AAAA")), ERROR_UNAUTHORIZED);
}

/* ---- revocation ---- */

static char *issue(const char *id)
{
    char *token;
    int64_t expires_ms;
    const struct carillon_user user = { str_of(id), CARILLON_STR("Name") };
    assert_int_equal(token_issue(app, user, 3600000, NULL, &token, &expires_ms), CARILLON_OK);
    return token;
}

static void test_revoking_one_token(void **state)
{
    (void)state;
    struct identity *identity;
    char *first = issue("eve"), *second = issue("eve");
    assert_int_equal(token_verify(app, str_of(first), &identity), ERROR_NONE);
    int64_t now = loop_wall_ms();
    assert_int_equal(token_revoke(app, identity->user.id, identity->token_id, now, now + 3600000), CARILLON_OK);
    assert_true(identity_is_revoked(identity));
    identity_unref(identity);
    assert_int_equal(verify(first), ERROR_TOKEN_REVOKED);
    assert_int_equal(verify(second), ERROR_NONE);
}

static void test_revoking_a_user(void **state)
{
    (void)state;
    char *before = issue("mallory");
    int64_t at = loop_wall_ms() + 1;
    assert_int_equal(token_revoke(app, CARILLON_STR("mallory"), (struct carillon_str){ 0 }, at, at + 3600000),
                     CARILLON_OK);
    usleep(5000);
    char *after = issue("mallory"), *other = issue("trent");
    assert_int_equal(verify(before), ERROR_TOKEN_REVOKED);
    assert_int_equal(verify(after), ERROR_NONE); /* signing in again is possible at once */
    assert_int_equal(verify(other), ERROR_NONE);
}

static void test_nothing_is_accepted_before_revocations_are_read(void **state)
{
    (void)state;
    char *token = issue("ada");
    revocations_close();
    revocations_open();
    assert_int_equal(verify(strdup(token)), ERROR_STORAGE_UNAVAILABLE);
    revocations_set_loaded();
    assert_int_equal(verify(token), ERROR_NONE);
}

/* ---- the key file ---- */

static void test_key_file(void **state)
{
    (void)state;
    char path[128];
    struct stat about;
    fixture_path(path, "token.key");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, 32);
    struct config *config = fixture_config("");
    char *token = issue("ada");
    tokens_close();
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(tokens_open(config), CARILLON_UNAVAILABLE);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(tokens_open(config), CARILLON_OK);
    revocations_set_loaded();
    assert_int_equal(verify(strdup(token)), ERROR_NONE); /* the same key after a restart */
    tokens_close();
    assert_int_equal(truncate(path, 16), 0);
    assert_int_equal(tokens_open(config), CARILLON_UNAVAILABLE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tokens_open(config), CARILLON_OK);
    revocations_set_loaded();
    assert_int_equal(verify(token), ERROR_UNAUTHORIZED); /* another key */
    config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_claims_become_the_identity),
        cmocka_unit_test(test_own_tokens),
        cmocka_unit_test(test_issuer_and_audience),
        cmocka_unit_test(test_no_algorithm),
        cmocka_unit_test(test_algorithm_confusion),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_apps),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_expired_own_token),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_tampered),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_revoking_one_token),
        cmocka_unit_test(test_revoking_a_user),
        cmocka_unit_test(test_nothing_is_accepted_before_revocations_are_read),
        cmocka_unit_test(test_key_file),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
