#include "session/jws.h"
#include "base/base64url.h"

#include <jwt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048, SHA256_BYTES = 32 };

static const struct {
    const char *name;
    jwt_alg_t library;
} algorithms[] = {
#define JWS_X(name) [JWS_##name] = { #name, JWT_ALG_##name },
    JWS_ALGORITHMS(JWS_X)
#undef JWS_X
};

static bool str_is(struct carillon_str str, const char *text)
{
    return str.len == strlen(text) && memcmp(str.ptr, text, str.len) == 0;
}

enum jws_algorithm jws_algorithm_from_name(struct carillon_str name)
{
    unsigned i = 0;
    while (i < JWS_ALGORITHM_COUNT && !str_is(name, algorithms[i].name))
        i++;
    return (enum jws_algorithm)i;
}

static int refuse_passphrase(char *out, int room, int writing, void *arg)
{
    (void)out, (void)room, (void)writing, (void)arg;
    return 0;
}

static const char *public_key_problem(enum jws_algorithm algorithm, EVP_PKEY *key)
{
    char curve[32] = "";
    if (!key)
        return "this is no public key in PEM form (-----BEGIN PUBLIC KEY-----)";
    if (algorithm == JWS_RS256) {
        if (!EVP_PKEY_is_a(key, "RSA"))
            return "RS256 needs an RSA key";
        return EVP_PKEY_get_bits(key) < RSA_BITS_MIN ? "RS256 needs an RSA key of at least 2048 bits" : NULL;
    }
    if (!EVP_PKEY_is_a(key, "EC"))
        return "ES256 needs an elliptic curve key";
    EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
    return strcmp(curve, "prime256v1") != 0 ? "ES256 needs a key on the curve P-256" : NULL;
}

const char *jws_key_problem(const struct jws_key *key)
{
    if (key->algorithm == JWS_HS256)
        return key->material.len < JWS_SECRET_MIN ? "a secret for HS256 needs at least 32 bytes" : NULL;
    BIO *bio = BIO_new_mem_buf(key->material.ptr, (int)key->material.len);
    EVP_PKEY *public_key = bio ? PEM_read_bio_PUBKEY(bio, NULL, refuse_passphrase, NULL) : NULL;
    const char *problem = public_key_problem(key->algorithm, public_key);
    EVP_PKEY_free(public_key);
    BIO_free(bio);
    return problem;
}

/* Cuts what is before the next '.', or the rest. */
static struct carillon_str take_part(struct carillon_str *rest)
{
    const char *dot = memchr(rest->ptr, '.', rest->len);
    struct carillon_str part = { rest->ptr, dot ? (size_t)(dot - rest->ptr) : rest->len };
    size_t taken = part.len + (dot ? 1 : 0);
    rest->ptr += taken;
    rest->len -= taken;
    return part;
}

static json_t *decode_object(struct carillon_str part)
{
    char text[JWS_TOKEN_MAX];
    size_t len;
    if (!base64url_decode(part, text, sizeof text, &len))
        return NULL;
    json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static bool header_valid(const json_t *header)
{
    const json_t *kid = json_object_get(header, "kid");
    return json_is_string(json_object_get(header, "alg")) && (!kid || json_is_string(kid)) &&
           !json_object_get(header, "crit");
}

bool jws_open(struct jws *jws, struct carillon_str token)
{
    *jws = (struct jws){ .token = token };
    if (token.len > JWS_TOKEN_MAX || !token.ptr || memchr(token.ptr, '\0', token.len))
        return false;
    struct carillon_str rest = token;
    jws->header = decode_object(take_part(&rest));
    jws->claims = decode_object(take_part(&rest));
    if (!jws->header || !jws->claims || rest.len == 0 || memchr(rest.ptr, '.', rest.len) ||
        !header_valid(jws->header)) {
        jws_close(jws);
        return false;
    }
    const json_t *kid = json_object_get(jws->header, "kid");
    jws->key_id = kid ? (struct carillon_str){ json_string_value(kid), json_string_length(kid) } : CARILLON_STR("");
    return true;
}

void jws_close(struct jws *jws)
{
    json_decref(jws->header);
    json_decref(jws->claims);
    jws->header = jws->claims = NULL;
}

/* libjwt before 1.17 compares HMACs with strcmp (CVE-2024-25189), so it gets to see only those that are right. */
static bool hmac_matches(struct carillon_str token, const struct jws_key *key)
{
    const char *dot = memrchr(token.ptr, '.', token.len);
    struct carillon_str signature = { dot + 1, (size_t)(token.ptr + token.len - dot - 1) };
    unsigned char expected[EVP_MAX_MD_SIZE], given[SHA256_BYTES];
    unsigned expected_len;
    size_t given_len;
    return base64url_decode(signature, given, sizeof given, &given_len) && given_len == sizeof given &&
           HMAC(EVP_sha256(), key->material.ptr, (int)key->material.len, (const unsigned char *)token.ptr,
                (size_t)(dot - token.ptr), expected, &expected_len) &&
           CRYPTO_memcmp(expected, given, sizeof given) == 0;
}

bool jws_verify(const struct jws *jws, const struct jws_key *key)
{
    if (strcmp(json_string_value(json_object_get(jws->header, "alg")), algorithms[key->algorithm].name) != 0)
        return false;
    if (key->algorithm == JWS_HS256 && !hmac_matches(jws->token, key))
        return false;
    char *text = strndup(jws->token.ptr, jws->token.len);
    jwt_t *jwt = NULL;
    bool good = text && jwt_decode(&jwt, text, (const unsigned char *)key->material.ptr, (int)key->material.len) == 0 &&
                jwt_get_alg(jwt) == algorithms[key->algorithm].library;
    jwt_free(jwt);
    free(text);
    return good;
}

char *jws_sign(const struct jws_key *key, const json_t *claims)
{
    char *token = NULL;
    char *text = json_dumps(claims, JSON_COMPACT);
    jwt_t *jwt = NULL;
    if (text && jwt_new(&jwt) == 0 && jwt_add_header(jwt, "kid", key->id.ptr) == 0 &&
        jwt_add_grants_json(jwt, text) == 0 &&
        jwt_set_alg(jwt, algorithms[key->algorithm].library, (const unsigned char *)key->material.ptr,
                    (int)key->material.len) == 0)
        token = jwt_encode_str(jwt);
    jwt_free(jwt);
    free(text);
    return token;
}
