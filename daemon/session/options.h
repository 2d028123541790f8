/*
 * The options of apps and tokens. Main thread, before config_load.
 */
#ifndef CARILLON_SESSION_OPTIONS_H
#define CARILLON_SESSION_OPTIONS_H

#include <carillon/types.h>

enum carillon_result session_declare_options(void);

#endif
