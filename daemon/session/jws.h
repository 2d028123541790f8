/*
 * JSON Web Signatures as tokens use them: the compact form, three algorithms. Pure; any thread.
 *
 * A key names its algorithm, and a token must agree with it: the header never chooses how it is checked.
 */
#ifndef CARILLON_SESSION_JWS_H
#define CARILLON_SESSION_JWS_H

#include <carillon/types.h>
#include <jansson.h>

#define JWS_ALGORITHMS(X)                                                                                              \
    X(HS256)                                                                                                           \
    X(RS256)                                                                                                           \
    X(ES256)

enum jws_algorithm {
#define JWS_X(name) JWS_##name,
    JWS_ALGORITHMS(JWS_X)
#undef JWS_X
        JWS_ALGORITHM_COUNT
};

enum { JWS_TOKEN_MAX = 8192, JWS_SECRET_MIN = 32 };

struct jws_key {
    enum jws_algorithm algorithm;
    struct carillon_str id;       /* the `kid`; empty: of tokens that name none */
    struct carillon_str material; /* HS256: the secret; else the public key as PEM */
};

/* What a token says before anything of it was checked: only good for choosing the key. */
struct jws {
    struct carillon_str token;
    json_t *header, *claims; /* objects */
    struct carillon_str key_id;
};

/* JWS_ALGORITHM_COUNT for an unknown word. */
enum jws_algorithm jws_algorithm_from_name(struct carillon_str name);
/* NULL if the key can be used, else what is wrong with it. */
const char *jws_key_problem(const struct jws_key *key);
/* False, and nothing to close, if it is malformed, larger than JWS_TOKEN_MAX or asks for extensions (`crit`). */
bool jws_open(struct jws *jws, struct carillon_str token);
void jws_close(struct jws *jws);
/* The claims stand if this is true. */
bool jws_verify(const struct jws *jws, const struct jws_key *key);
/* HS256 only. The caller frees; NULL when memory is short. */
char *jws_sign(const struct jws_key *key, const json_t *claims);

#endif
