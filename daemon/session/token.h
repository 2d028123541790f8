/*
 * Tokens: JWTs of our own (guests, server-made) and of the application's backend; single-use tickets; revocation.
 *
 * Any thread, nothing blocks. Our own are HS256 with a key made at the first start and kept in the state folder (0600).
 */
#ifndef CARILLON_SESSION_TOKEN_H
#define CARILLON_SESSION_TOKEN_H

#include "base/error.h"
#include "session/identity.h"

/* Main thread; reads the key file, or makes it; revocations come by token_revoke as storage lists them. */
enum carillon_result tokens_open(const struct config *config);
void tokens_close(void);
/* The same at a reload; the key file stays. */
void tokens_configure(const struct config *config);

/* Checks signature (algorithm fixed by the key that `kid` names), exp, nbf, aud, iss, app, revocation. On success *identity
   has one reference; else the error to tell: UNAUTHORIZED, TOKEN_EXPIRED, TOKEN_REVOKED. app: NULL takes the token's claim,
   or the default app. */
enum error_code token_verify(const struct app *app, struct carillon_str token, struct identity **identity);
/* A new token of our own for this user, at most `tokens.lifetime_max`; the caller frees *token. TOO_LARGE: rights. */
enum carillon_result token_issue(const struct app *app, struct carillon_user user, int64_t ttl_ms,
                                 const struct json_t *rights, char **token, int64_t *expires_ms);

/* How long a revocation must be remembered: no token that is accepted now outlives it. */
int64_t tokens_lifetime_max(void);
/* token_id, or all of a user's issued before at_ms. Live sessions are the caller's business. */
enum carillon_result token_revoke(const struct app *app, struct carillon_str user, struct carillon_str token_id,
                                  int64_t at_ms, int64_t until_ms);
bool identity_is_revoked(const struct identity *identity);

/* A ticket stands for an identity for 30 s, once. out: at least TICKET_SIZE bytes. */
enum { TICKET_SIZE = 48 };
enum carillon_result ticket_issue(const struct identity *identity, char *out, int64_t *expires_ms);
/* NULL: unknown, used or too old. */
struct identity *ticket_redeem(struct carillon_str ticket);

/* Signs bytes for a client to keep (SSE's cursor), bound to a purpose; out gets base64url, at least 4/3 of len + 64. */
size_t token_seal(const char *purpose, const void *bytes, size_t len, char *out, size_t room);
/* Gives back the bytes if the seal is right; else 0. */
size_t token_unseal(const char *purpose, struct carillon_str sealed, void *out, size_t room);

#endif
