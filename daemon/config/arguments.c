#include "config/arguments.h"

#include <getopt.h>
#include <stdlib.h>

/* X(ID, "long", letter or 0, "ARGUMENT" or NULL, "help") */
#define ARGUMENTS(X)                                                                                                   \
    X(CONFIG, "config", 'c', "FILE", "read this file instead of the installation's carillon.lua")                      \
    X(SET, "set", 's', "NAME=VALUE", "set one option, as in workers=3 or log.level=debug; may be repeated")            \
    X(STATE_DIR, "state-dir", 'd', "DIR", "keep the database and keys in this folder")                                 \
    X(READY_FD, "ready-fd", 0, "N", "once it listens, write the addresses as a line of JSON to this descriptor")       \
    X(CHECK_CONFIG, "check-config", 0, NULL, "read the configuration, say what is wrong with it, and end")             \
    X(PRINT_DEFAULTS, "print-defaults", 0, NULL, "print every option with its default and its meaning, and end")       \
    X(COPY_STORAGE, "copy-storage", 0, "FROM", "copy everything from this storage to the one named next, and end")     \
    X(VERSION, "version", 'V', NULL, "print the version, and end")                                                     \
    X(HELP, "help", 'h', NULL, "print this, and end")

enum argument_id {
    ARGUMENT_FIRST = 256,
#define ARGUMENT_X(id, name, letter, value, help) ARGUMENT_##id,
    ARGUMENTS(ARGUMENT_X)
#undef ARGUMENT_X
};

static const struct {
    const char *name, *value, *help;
    int letter;
} rows[] = {
#define ARGUMENT_X(id, name, letter, value, help) { (name), (value), (help), (letter) },
    ARGUMENTS(ARGUMENT_X)
#undef ARGUMENT_X
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void arguments_print_help(void)
{
    puts("usage: carillond [OPTION]...\nA real-time messaging server.\n");
    for (size_t i = 0; i < ROWS; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value ? "=" : "",
                 rows[i].value ? rows[i].value : "");
        if (rows[i].letter)
            printf("  -%c, %-22s %s\n", rows[i].letter, left, rows[i].help);
        else
            printf("      %-22s %s\n", left, rows[i].help);
    }
}

static void options_make(struct option *options, char *letters)
{
    for (size_t i = 0; i < ROWS; i++) {
        options[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
                                      ARGUMENT_FIRST + 1 + (int)i };
        if (!rows[i].letter)
            continue;
        *letters++ = (char)rows[i].letter;
        if (rows[i].value)
            *letters++ = ':';
    }
    options[ROWS] = (struct option){ 0 };
    *letters = '\0';
}

static int id_of_letter(int found)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].letter && rows[i].letter == found)
            return ARGUMENT_FIRST + 1 + (int)i;
    return found;
}

static enum carillon_result argument_take(struct arguments *arguments, int id, char *value)
{
    char *end;
    switch (id) {
    case ARGUMENT_CONFIG:
        arguments->sources.file = value;
        return CARILLON_OK;
    case ARGUMENT_STATE_DIR:
        arguments->sources.state_dir = value;
        return CARILLON_OK;
    case ARGUMENT_SET:
        if (arguments->sources.setting_count == SETTINGS_MAX) {
            fprintf(stderr, "carillond: more than %d --set\n", SETTINGS_MAX);
            return CARILLON_INVALID;
        }
        arguments->settings[arguments->sources.setting_count++] = value;
        return CARILLON_OK;
    case ARGUMENT_READY_FD:
        arguments->ready_fd = (int)strtol(value, &end, 10);
        if (*end || arguments->ready_fd < 0) {
            fprintf(stderr, "carillond: --ready-fd wants a descriptor's number, not %s\n", value);
            return CARILLON_INVALID;
        }
        return CARILLON_OK;
    case ARGUMENT_CHECK_CONFIG:
        arguments->wish = WISH_CHECK_CONFIG;
        return CARILLON_OK;
    case ARGUMENT_PRINT_DEFAULTS:
        arguments->wish = WISH_PRINT_DEFAULTS;
        return CARILLON_OK;
    case ARGUMENT_COPY_STORAGE:
        arguments->wish = WISH_COPY_STORAGE;
        arguments->copy_from = value;
        return CARILLON_OK;
    case ARGUMENT_VERSION:
        arguments->wish = WISH_VERSION;
        return CARILLON_OK;
    case ARGUMENT_HELP:
        arguments->wish = WISH_HELP;
        return CARILLON_OK;
    default: /* getopt has said what is wrong */
        return CARILLON_INVALID;
    }
}

enum carillon_result arguments_parse(int argc, char **argv, struct arguments *arguments)
{
    struct option options[ROWS + 1];
    char letters[2 * ROWS + 1];
    int found;
    *arguments = (struct arguments){ .ready_fd = -1 };
    arguments->sources.settings = arguments->settings;
    options_make(options, letters);
    while ((found = getopt_long(argc, argv, letters, options, NULL)) != -1)
        if (argument_take(arguments, id_of_letter(found), optarg) != CARILLON_OK)
            return CARILLON_INVALID;
    if (arguments->wish == WISH_COPY_STORAGE && optind < argc)
        arguments->copy_to = argv[optind++];
    if (arguments->wish == WISH_COPY_STORAGE && !arguments->copy_to) {
        fprintf(stderr, "carillond: --copy-storage wants two storages, as in --copy-storage sqlite mongodb\n");
        return CARILLON_INVALID;
    }
    if (optind < argc) {
        fprintf(stderr, "carillond: unexpected argument %s\n", argv[optind]);
        return CARILLON_INVALID;
    }
    return CARILLON_OK;
}
