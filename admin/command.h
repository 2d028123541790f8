/*
 * carillonctl's commands. Each is a row of the one table in commands.c, from which its help is made; the exit codes and the
 * options are tables, too.
 */
#ifndef CARILLON_ADMIN_COMMAND_H
#define CARILLON_ADMIN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* X(NAME, number, "meaning") */
#define EXIT_CODES(X)                                                                                                  \
    X(FINE, 0, "all is well")                                                                                          \
    X(FOUND, 1, "a test failed, the lint found something, or verdicts differ")                                         \
    X(USAGE, 2, "the command line is wrong")                                                                           \
    X(TROUBLE, 3, "a file cannot be read, or a script cannot be loaded")

enum exit_code {
#define EXIT_X(name, number, text) EXIT_##name = (number),
    EXIT_CODES(EXIT_X)
#undef EXIT_X
};

/* X(name, "long", "ARGUMENT" or NULL, "help") */
#define COMMAND_OPTIONS(X)                                                                                             \
    X(directory, "directory", "DIR", "The folder with lib in it; the nearest one above the scripts if not told.")      \
    X(settings, "settings", "FILE", "The settings of scripts, as `lua.settings` of the daemon.")                       \
    X(replay, "replay", "FILE", "Recorded messages, one JSON object a line; - reads them from standard input.")        \
    X(old, "old", "DIR", "The scripts to compare with; none if not told.")                                             \
    X(messages, "messages", "N", "How many messages; 20000 if not told.")                                              \
    X(text, "text", "TEXT", "The text of the messages, where none are replayed.")                                      \
    X(point, "point", "POINT", "The hook point, where no messages are replayed; message.publish if not told.")         \
    X(json, "json", NULL, "Writes JSON, one object a line.")                                                           \
    X(no_luacheck, "no-luacheck", NULL, "Does not run luacheck.")                                                      \
    X(verbose, "verbose", NULL, "Shows also what went well, and what scripts log.")

enum command_option {
#define OPTION_X(name, text, argument, help) OPTION_##name,
    COMMAND_OPTIONS(OPTION_X)
#undef OPTION_X
        OPTION_COUNT
};

#define HAS(name) (1u << OPTION_##name)

struct arguments {
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for one without an argument */
    char **paths;
    int path_count;
};

static inline bool argument_given(const struct arguments *arguments, enum command_option option)
{
    return arguments->values[option] != NULL;
}

struct command {
    const char *group, *name;
    const char *paths; /* what stands behind the options; "" for nothing */
    const char *help;
    unsigned options; /* a set of HAS() */
    int (*run)(const struct arguments *arguments);
};

int lua_test(const struct arguments *arguments);
int lua_dry_run(const struct arguments *arguments);
int lua_bench(const struct arguments *arguments);
int lua_lint(const struct arguments *arguments);
int lua_repl(const struct arguments *arguments);
int lua_reference(const struct arguments *arguments);

extern const struct command commands[];
extern const int command_count;

/* The manual page, as man(7) has it. */
void manual_print(void);

/* Finds the command, reads its options and runs it; returns the exit code. */
int commands_run(int argc, char **argv);

#endif
