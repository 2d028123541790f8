/*
 * The point message.deliver: new and edited messages, asked of for each session that would get them, as they are queued
 * for it. Where no hook is concerned nothing is made and nobody is asked. On the receivers' worker.
 */
#ifndef CARILLON_HOOK_DELIVER_H
#define CARILLON_HOOK_DELIVER_H

#include "message/shared_event.h"
#include "session/app.h"

struct hook_delivery;
struct identity;

/* NULL: no hook is concerned. The event must stay until hook_delivery_end. */
struct hook_delivery *hook_delivery_begin(const struct app *app, struct shared_event *event);
/* What this receiver gets: a reference to the event or to one with another text; NULL: nothing. */
struct shared_event *hook_deliver(struct hook_delivery *delivery, carillon_handle session,
                                  const struct identity *receiver);
/* NULL is fine. */
void hook_delivery_end(struct hook_delivery *delivery);

#endif
