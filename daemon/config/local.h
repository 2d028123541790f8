/*
 * Which of the addresses in `listen` only this machine reaches. Pure; any thread.
 */
#ifndef CARILLON_CONFIG_LOCAL_H
#define CARILLON_CONFIG_LOCAL_H

#include "config/config.h"

/* The first address that others reach, as it is written in `listen`; NULL: there is none. */
const char *config_public_address(const struct config *config);

#endif
