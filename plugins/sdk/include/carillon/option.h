/*
 * Declared options: the one table from which checking, --print-defaults, the man page and the console's help are made.
 * The daemon's modules and the plugins use the same struct. A table is static and read-only.
 */
#ifndef CARILLON_OPTION_H
#define CARILLON_OPTION_H

#include <carillon/types.h>

/* X(NAME, "how it is called in messages") */
#define CARILLON_OPTION_TYPES(X)                                                                                       \
    X(BOOL, "true or false")                                                                                           \
    X(INT, "a whole number")                                                                                           \
    X(SIZE, "a size such as 4096, \"64k\", \"16M\" or \"1G\"")                                                         \
    X(DURATION, "a time such as \"250ms\", \"30s\", \"5m\", \"12h\" or \"30d\"; a number alone is seconds")            \
    X(STRING, "a string")                                                                                              \
    X(SECRET, "a string that is never shown, or { file = \"...\" } or { env = \"...\" }")                              \
    X(PATH, "a file name; a relative one starts at the state folder")                                                  \
    X(CHOICE, "one of several words")                                                                                  \
    X(STRINGS, "a list of strings")                                                                                    \
    X(RECORD, "a table of options")                                                                                    \
    X(RECORDS, "a list of tables")                                                                                     \
    X(MAP, "a table of tables, each under its own name")

enum carillon_option_type {
#define CARILLON_X(name, text) CARILLON_OPTION_##name,
    CARILLON_OPTION_TYPES(CARILLON_X)
#undef CARILLON_X
};

enum carillon_option_flags {
    CARILLON_OPTION_RESTART = 1, /* a change takes effect at the next start, not at a reload */
    CARILLON_OPTION_REQUIRED = 2 /* inside a RECORDS or MAP entry: must be given */
};

struct carillon_option {
    const char *name; /* a Lua identifier */
    enum carillon_option_type type;
    const char *unit; /* for people: "connections", "events"; NULL where the type says it */
    int64_t min, max; /* INT: value; SIZE: bytes; DURATION: ms; STRINGS, RECORDS, MAP: entries; STRING,
                                  SECRET: bytes. Both 0: no bounds; max 0 alone: no upper one */
    const char
        *default_value;  /* as it would be written in the file, such as "\"30s\"", "8" or "{}"; of a string the quotes
                                  may be left out: "30s". NULL: none. RECORD: its fields have theirs */
    const char *choices; /* CHOICE: words parted by '|' */
    const char *help;    /* one sentence */
    unsigned flags;
    const struct carillon_option *fields; /* RECORD, RECORDS, MAP: of one entry */
    size_t field_count;
};

#endif
