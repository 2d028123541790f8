/*
 * The names of an application's own events. Pure; any thread.
 */
#ifndef CARILLON_MESSAGE_EVENT_NAME_H
#define CARILLON_MESSAGE_EVENT_NAME_H

#include <carillon/message.h>

/* 1 to 100 of [A-Za-z0-9_.:-], and none that Carillon itself uses: nobody passes an event off as a message. */
bool event_name_valid(struct carillon_str name);

#endif
