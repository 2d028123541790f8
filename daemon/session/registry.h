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
void sessions_disconnect(const struct app *app, struct carillon_str user, struct carillon_str token_id,
                         enum error_code error, void (*done)(void *arg, size_t n), void *arg);

/* Any worker. Ends the subscription of all the user's sessions (of everybody's, with user absent) to the channel. */
void sessions_evict(const struct app *app, struct carillon_str channel, struct carillon_str user,
                    enum error_code error);

struct session;

/* On the session's worker: after sign-in, and as it ends. */
void registry_add(struct session *session);
void registry_remove(struct session *session);
/* Calls fn for each session of the user on this worker; fn may close it. */
void registry_each(const struct app *app, struct carillon_str user, void (*fn)(struct session *session, void *arg),
                   void *arg);
void registry_free_worker(void);

#endif
