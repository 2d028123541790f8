/*
 * The key under which token_seal (session/token.h) signs. Main thread, after secret_open.
 */
#ifndef CARILLON_SESSION_SEAL_H
#define CARILLON_SESSION_SEAL_H

void seals_open(void);

#endif
