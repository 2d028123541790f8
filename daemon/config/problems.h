/*
 * Collects what is wrong with a configuration.
 */
#ifndef CARILLON_CONFIG_PROBLEMS_H
#define CARILLON_CONFIG_PROBLEMS_H

#include "config/config.h"

/* file NULL: none; line 0: unknown. Those beyond the bound are left out. */
void problems_add(struct config_problems *problems, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
