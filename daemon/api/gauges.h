/*
 * What /metrics tells of the moment: how many of what there are.
 */
#ifndef CARILLON_API_GAUGES_H
#define CARILLON_API_GAUGES_H

#include <carillon/types.h>

/* Main thread, once, after workers_create. */
enum carillon_result gauges_register(void);

#endif
