/*
 * All sessions of a user, wherever they are: for disconnecting, revocation and lost memberships.
 */
#ifndef CARILLON_SESSION_REGISTRY_H
#define CARILLON_SESSION_REGISTRY_H

#include "base/error.h"
#include "session/app.h"

/*
 * Any worker. Closes all sessions of the user (or, with token_id, those signed in with that token) on every worker with
 * this error; done is called on the calling worker with how many there were.
 */
void sessions_disconnect(const struct app *app, struct carillon_str user, struct carillon_str token_id, enum error_code error,
                         void (*done)(void *arg, size_t n), void *arg);

#endif
