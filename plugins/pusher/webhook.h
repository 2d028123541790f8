/*
 * Webhooks: what happens in an app, posted to its own server and signed with its secret.
 */
#ifndef CARILLON_PUSHER_WEBHOOK_H
#define CARILLON_PUSHER_WEBHOOK_H

#include "outbox.h"

extern struct outbox_kind webhook_kind;

/* A bit (1 << kind) for each that one of the app's webhooks wants. */
unsigned webhook_wanted(const struct carillon_app *app);
/* On the channel's home. */
void webhook_happened(const struct carillon_happening *what);
/* The same once it is certain. */
void webhook_tell(const struct carillon_happening *what);

#endif
