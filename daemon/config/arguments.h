/*
 * The daemon's command line: one table from which parsing, --help and the man page come.
 */
#ifndef CARILLON_CONFIG_ARGUMENTS_H
#define CARILLON_CONFIG_ARGUMENTS_H

#include "config/config.h"

enum { SETTINGS_MAX = 256 };

enum arguments_wish { WISH_RUN, WISH_CHECK_CONFIG, WISH_PRINT_DEFAULTS, WISH_COPY_STORAGE, WISH_VERSION, WISH_HELP };

struct arguments {
    enum arguments_wish wish;
    struct config_sources sources;
    const char *settings[SETTINGS_MAX];
    const char *copy_from, *copy_to; /* WISH_COPY_STORAGE */
    int ready_fd;                    /* -1: none */
};

/* Main thread. The strings are argv's. INVALID: what is wrong was written to stderr. */
enum carillon_result arguments_parse(int argc, char **argv, struct arguments *arguments);
void arguments_print_help(void);

#endif
