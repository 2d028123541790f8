#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const struct command commands[] = {
    { "lua", "lint", "PATH ...",
      "Compiles scripts, looks for names that the API has not, loads each, and asks luacheck where it is installed.",
      HAS(directory) | HAS(settings) | HAS(json) | HAS(no_luacheck), lua_lint },
    { "lua", "test", "PATH ...",
      "Runs the tests in NAME_spec.lua: of these files, of the folders below, and of the scripts they stand beside.",
      HAS(directory) | HAS(json) | HAS(verbose), lua_test },
    { "lua", "dry-run", "DIR",
      "Asks two sets of scripts about recorded messages, and shows where their verdicts differ.",
      HAS(replay) | HAS(old) | HAS(directory) | HAS(settings) | HAS(json) | HAS(verbose), lua_dry_run },
    { "lua", "bench", "PATH ...", "Measures what scripts cost a message.",
      HAS(replay) | HAS(messages) | HAS(text) | HAS(point) | HAS(directory) | HAS(settings) | HAS(json), lua_bench },
    { "lua", "repl", "[PATH ...]",
      "Runs what you type in the scripts' world, with these loaded; run { text = ... } asks them.",
      HAS(directory) | HAS(settings), lua_repl },
    { "lua", "reference", "", "Prints the reference of the API as Markdown.", 0, lua_reference },
};
const int command_count = sizeof commands / sizeof *commands;

static const struct {
    const char *name, *argument, *help;
} options[] = {
#define OPTION_X(name, text, argument, help) { text, argument, help },
    COMMAND_OPTIONS(OPTION_X)
#undef OPTION_X
};

/* ---- help ---- */

static void help_command(FILE *out, const struct command *command)
{
    fprintf(out, "usage: carillonctl %s %s%s%s%s\n\n%s\n", command->group, command->name,
            command->options ? " [OPTION ...]" : "", *command->paths ? " " : "", command->paths, command->help);
    if (command->options)
        fputs("\noptions:\n", out);
    for (int i = 0; i < OPTION_COUNT; i++) {
        char name[40];
        if (!(command->options & 1u << i))
            continue;
        snprintf(name, sizeof name, "--%s%s%s", options[i].name, options[i].argument ? " " : "",
                 options[i].argument ? options[i].argument : "");
        fprintf(out, "  %-18s %s\n", name, options[i].help);
    }
}

static void help_all(FILE *out)
{
    fputs("usage: carillonctl GROUP COMMAND [OPTION ...] [PATH ...]\n\ncommands; --help behind one tells more:\n", out);
    for (int i = 0; i < command_count; i++)
        fprintf(out, "  %s %-10s %s\n", commands[i].group, commands[i].name, commands[i].help);
    fputs("\nexit codes:\n", out);
#define EXIT_X(name, number, text) fprintf(out, "  %d  %s\n", number, text);
    EXIT_CODES(EXIT_X)
#undef EXIT_X
}

/* ---- the command line ---- */

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static const struct command *find(int argc, char **argv)
{
    for (int i = 0; argc > 2 && i < command_count; i++)
        if (strcmp(commands[i].group, argv[1]) == 0 && strcmp(commands[i].name, argv[2]) == 0)
            return &commands[i];
    return NULL;
}

enum { HELP_WANTED = 1000 };

/* False: *code says how it ends. argv begins with the command's name. */
static bool read_options(const struct command *command, int argc, char **argv, struct arguments *arguments, int *code)
{
    struct option table[OPTION_COUNT + 2] = { { "help", no_argument, NULL, HELP_WANTED } };
    size_t count = 1;
    int option;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (command->options & 1u << i)
            table[count++] = (struct option){ options[i].name, options[i].argument ? required_argument : no_argument,
                                              NULL, i };
    *code = EXIT_FINE;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == HELP_WANTED) {
            help_command(stdout, command);
            return false;
        }
        if (option == '?') {
            fprintf(stderr, "carillonctl %s %s --help tells what there is\n", command->group, command->name);
            *code = EXIT_USAGE;
            return false;
        }
        arguments->values[option] = optarg ? optarg : "";
    }
    arguments->paths = argv + optind;
    arguments->path_count = argc - optind;
    return true;
}

/* "PATH ..." and "DIR" have to be there, "[PATH ...]" need not. */
static bool paths_fit(const struct command *command, int count)
{
    if (!*command->paths)
        return count == 0;
    if (strcmp(command->paths, "DIR") == 0)
        return count == 1;
    return count > 0 || *command->paths == '[';
}

int commands_run(int argc, char **argv)
{
    struct arguments arguments = { .paths = NULL };
    int code;
    const struct command *command = find(argc, argv);
    if (argc > 1 && is_help(argv[1])) {
        help_all(stdout);
        return EXIT_FINE;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("carillonctl " CARILLON_VERSION);
        return EXIT_FINE;
    }
    if (argc == 2 && strcmp(argv[1], "--manual") == 0) {
        manual_print();
        return EXIT_FINE;
    }
    if (!command) {
        help_all(stderr);
        return EXIT_USAGE;
    }
    if (!read_options(command, argc - 2, argv + 2, &arguments, &code))
        return code;
    if (!paths_fit(command, arguments.path_count)) {
        help_command(stderr, command);
        return EXIT_USAGE;
    }
    return command->run(&arguments);
}
