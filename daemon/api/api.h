/*
 * The HTTP API (README.md): routes of the listener, answered through the pipeline and the storage.
 */
#ifndef CARILLON_API_API_H
#define CARILLON_API_API_H

#include "config/config.h"

/* Main thread, before config_load. */
enum carillon_result api_declare_options(void);
/* Main thread, after the listener was opened and before it starts. */
enum carillon_result api_open(const struct config *config);
/* Main thread, also at a reload. */
void api_configure(const struct config *config);
/* Main thread, after the workers are joined and the listener is closed. */
void api_close(void);
/* Any thread: from now on /readyz says that this daemon takes no new clients. */
void api_drain(void);
/* On one worker, as it starts: until the revocations are read, no token is accepted. Tries until the storage answers;
   after the first try, whatever came of it, calls tried on the main thread. */
void api_load_revocations(void (*tried)(void *arg));

#endif
