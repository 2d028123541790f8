/*
 * Signals, on the main thread's loop.
 */
#ifndef CARILLON_LOOP_SIGNALS_H
#define CARILLON_LOOP_SIGNALS_H

/* Main thread, after workers_create: calls fn from the main loop at each arrival. At most 8. */
void signal_watch(int signal_number, void (*fn)(int signal_number));
/* Before workers_destroy. */
void signals_close(void);

#endif
