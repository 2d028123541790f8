/*
 * The configuration's way into the daemon: read at the start and at SIGHUP, and given to everybody whom it concerns.
 */
#ifndef CARILLON_CONFIGURATION_H
#define CARILLON_CONFIGURATION_H

#include "config/config.h"

/*
 * Main thread. Reads it, with the plugins that it lists declared; problems go to stderr. On success *config is a snapshot
 * with one reference.
 */
enum carillon_result configuration_load(struct config_sources *sources, struct config **config);
/* The same while the daemon runs. What is wrong is logged, and the one that is in force stays; else *config is replaced,
   and what only a start can change is named in the log. */
void configuration_reload(struct config_sources *sources, struct config **config);

#endif
