/*
 * Users as they come: the names of those whose tokens a backend made are put on record at first sight.
 */
#ifndef CARILLON_SESSION_SEEN_H
#define CARILLON_SESSION_SEEN_H

#include "session/identity.h"

/* On a worker; cheap when the user was seen with this name before. */
void user_note_seen(const struct identity *identity);
void user_note(const struct app *app, struct carillon_user user);

#endif
