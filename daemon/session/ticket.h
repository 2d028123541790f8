/*
 * The tickets that are out; the functions that make and take them are in session/token.h.
 */
#ifndef CARILLON_SESSION_TICKET_H
#define CARILLON_SESSION_TICKET_H

/* Main thread, when no worker runs. */
void tickets_open(void);
void tickets_close(void);

#endif
