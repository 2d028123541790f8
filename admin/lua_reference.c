#include "command.h"
#include "lua/vm/binding.h"

#include <stdio.h>
#include <string.h>

/* A text in a cell of a table: '|' would end it. */
static void print_cell(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\|" : "%c", *text);
}

static void print_function(const struct script_class *class, const struct script_function *function, bool errors)
{
    bool global = !*class->name || strchr(function->name, '.');
    fputs("| `", stdout);
    printf("%s%s%s", global ? "" : class->name, global ? "" : ".", function->name);
    if (function->arguments)
        printf("(%s)", function->arguments);
    fputs("` | ", stdout);
    print_cell(function->returns && *function->returns ? function->returns : "");
    fputs(" | ", stdout);
    print_cell(function->help);
    if (errors) {
        fputs(" | ", stdout);
        print_cell(function->errors ? function->errors : "");
    }
    fputs(" |\n", stdout);
}

static void print_class(const struct script_class *class, const char *title)
{
    bool errors = false;
    for (size_t i = 0; i < class->count; i++)
        errors |= class->functions[i].errors != NULL;
    printf("\n## %s\n%s\n\n| | returns | |%s\n|---|---|---|%s\n", title, class->help, errors ? " errors |" : "",
           errors ? "---|" : "");
    for (size_t i = 0; i < class->count; i++)
        if (class->functions[i].help)
            print_function(class, &class->functions[i], errors);
}

/* A class without a name is called by what it is about: the first words of its help. */
static const char *title_of(const struct script_class *class, char *buffer, size_t size)
{
    if (*class->name)
        return class->name;
    snprintf(buffer, size, "Globals: %s", class->count ? class->functions[0].name : "");
    return buffer;
}

int lua_reference(const struct arguments *arguments)
{
    char title[80];
    (void)arguments;
    puts("# What scripts may call\n"
         "Printed by `carillonctl lua reference` from the tables that scripts' functions are made of. "
         "[TUTORIAL.md](TUTORIAL.md) is the place to begin, [README.md](README.md) tells how scripts are put in "
         "force.\n\n"
         "Errors are raised, and if the script does not catch them its hook's `on_error` decides; codes are returned. "
         "Besides, any call may be the one at which the budget ends, which nothing catches.");
    for (size_t i = 0; i < script_class_count; i++)
        print_class(script_classes[i], title_of(script_classes[i], title, sizeof title));
    print_class(&class_spec, "Tests");
    print_class(&class_result, class_result.name);
    return EXIT_FINE;
}
