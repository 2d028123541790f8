/*
 * What an app's own server does through a transport, without a session. On a worker; answers come there, from the loop.
 */
#ifndef CARILLON_SESSION_SERVE_H
#define CARILLON_SESSION_SERVE_H

#include "session/app.h"
#include <carillon/transport.h>

/* Publishes with all rights; exclude: the session that does not get the event, or 0. Copies. */
enum carillon_result serve_publish(const struct app *app, const struct carillon_publish *publish,
                                   carillon_handle exclude, carillon_published_fn done, void *arg);
/* An event for one person, on the personal channels of all their sessions. */
void serve_send(const struct app *app, struct carillon_str user, struct carillon_str event, struct carillon_str data);
/* Who has this token, and may they subscribe to the channel (absent: that is not asked)? */
enum carillon_result serve_check(const struct app *app, struct carillon_str token, struct carillon_str channel,
                                 carillon_person_fn done, void *arg);

#endif
