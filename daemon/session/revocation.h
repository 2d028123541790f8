/*
 * The tokens that are revoked; token_revoke and identity_is_revoked are in session/token.h.
 */
#ifndef CARILLON_SESSION_REVOCATION_H
#define CARILLON_SESSION_REVOCATION_H

#include <stdbool.h>

/* Main thread, when no worker runs. */
void revocations_open(void);
void revocations_close(void);
/* Any thread: what the storage remembers has been read. Before that nobody knows whether a token is revoked. */
void revocations_set_loaded(void);
bool revocations_are_loaded(void);

#endif
