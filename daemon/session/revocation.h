/*
 * The tokens that are revoked; token_revoke and identity_is_revoked are in session/token.h.
 */
#ifndef CARILLON_SESSION_REVOCATION_H
#define CARILLON_SESSION_REVOCATION_H

/* Main thread, when no worker runs. */
void revocations_open(void);
void revocations_close(void);

#endif
