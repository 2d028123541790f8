/*
 * Who of an app's users has a session, on whichever worker, and sessions that are told when that changes.
 *
 * Each user has a home, as channels have: there the sessions are counted and the watchers listed.
 */
#ifndef CARILLON_SESSION_ONLINE_H
#define CARILLON_SESSION_ONLINE_H

#include "session/app.h"
#include <carillon/types.h>

struct session;

/* On the session's worker: a session of this user began, or ended. */
void online_enter(const struct app *app, struct carillon_str user);
void online_leave(const struct app *app, struct carillon_str user);

/* The host function of this name: from now on the session's ops->watched is called, first with how each of them is now. In
   place of whom it watched before. */
enum carillon_result session_watch(carillon_handle session, const struct carillon_str *users, size_t n);
/* As the session ends. */
void online_unwatch(struct session *session);

/* As the worker stops. */
void online_free_worker(void);

#endif
