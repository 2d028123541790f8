#include "command.h"

#include <stdio.h>

/* Text of the tables in the language of man(7): a hyphen is a minus, and no line begins with a request. */
static void print_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++)
        printf(*text == '-' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void print_option(const char *name, const char *argument, const char *help)
{
    fputs(".TP\n\\fB\\-\\-", stdout);
    print_text(name);
    printf("\\fR%s%s%s\n", argument ? " \\fI" : "", argument ? argument : "", argument ? "\\fR" : "");
    print_text(help);
    putchar('\n');
}

static void print_command(const struct command *command)
{
    fputs(".SS carillonctl ", stdout);
    print_text(command->group);
    putchar(' ');
    print_text(command->name);
    printf("%s%s%s\n", command->options ? " [OPTION ...]" : "", *command->paths ? " " : "", command->paths);
    print_text(command->help);
    putchar('\n');
#define OPTION_X(name, text, argument, help)                                                                           \
    if (command->options & HAS(name))                                                                                  \
        print_option(text, argument, help);
    COMMAND_OPTIONS(OPTION_X)
#undef OPTION_X
}

void manual_print(void)
{
    fputs(".TH CARILLONCTL 1 \"\" \"Carillon " CARILLON_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ncarillonctl \\- tools for operators of Carillon and for authors of its scripts\n"
          ".SH SYNOPSIS\n\\fBcarillonctl\\fR \\fIGROUP COMMAND\\fR [\\fIOPTION\\fR ...] [\\fIPATH\\fR ...]\n"
          ".SH COMMANDS\n",
          stdout);
    for (int i = 0; i < command_count; i++)
        print_command(&commands[i]);
    fputs(".SH EXIT STATUS\n", stdout);
#define EXIT_X(name, number, text) fputs(".TP\n" #number "\n" text "\n", stdout);
    EXIT_CODES(EXIT_X)
#undef EXIT_X
    fputs(".SH SEE ALSO\n\\fBcarillond\\fR \\-\\-help, and the scripts' own reference: \\fBcarillonctl lua "
          "reference\\fR\n",
          stdout);
}
