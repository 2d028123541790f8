/*
 * Sealed identities: a sign-in that its client keeps, such as in SSE's cursor. Signed by the daemon, good as long as the
 * token it began with. Any thread.
 */
#ifndef CARILLON_SESSION_SEALED_H
#define CARILLON_SESSION_SEALED_H

#include "base/error.h"
#include "session/identity.h"

/* out: CARILLON_SEALED_SIZE bytes, NUL-terminated. TOO_LARGE: its rights do not fit. */
enum carillon_result identity_seal(const struct identity *identity, char *out);
/* Of this app, or with NULL of the one it was made for. UNAUTHORIZED, TOKEN_EXPIRED, TOKEN_REVOKED; else *identity has one reference. */
enum error_code identity_unseal(const struct app *app, struct carillon_str sealed, struct identity **identity);
/* A token, a ticket or a sealed identity, of this app or, with NULL, of the one it names: one reference in *identity, or the error to tell. */
enum error_code credential_check(const struct app *app, enum carillon_credential kind, struct carillon_str credential,
                                 struct identity **identity);

#endif
