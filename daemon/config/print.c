#include "base/arena.h"
#include "config/sections.h"
#include "config/units.h"

#include <inttypes.h>
#include <string.h>

enum { INDENT = 4, ARENA_BOUND = 1 << 20 };

struct printer {
    FILE *out;
    int indent;
};

static void print_indent(const struct printer *printer)
{
    fprintf(printer->out, "%*s", printer->indent, "");
}

static const char *type_text(const struct carillon_option *option)
{
    static const char *const texts[] = {
#define CARILLON_X(name, text) text,
        CARILLON_OPTION_TYPES(CARILLON_X)
#undef CARILLON_X
    };
    return texts[option->type];
}

static void print_number(const struct printer *printer, const struct carillon_option *option, int64_t value)
{
    char text[UNITS_TEXT_SIZE];
    if (option->type == CARILLON_OPTION_SIZE)
        fputs(units_format_size(value, text), printer->out);
    else if (option->type == CARILLON_OPTION_DURATION)
        fputs(units_format_duration(value, text), printer->out);
    else
        fprintf(printer->out, "%" PRId64, value);
}

static const char *bound_unit(const struct carillon_option *option)
{
    switch (option->type) {
    case CARILLON_OPTION_STRING:
    case CARILLON_OPTION_SECRET:
        return "bytes";
    case CARILLON_OPTION_STRINGS:
    case CARILLON_OPTION_RECORDS:
    case CARILLON_OPTION_MAP:
        return "entries";
    default:
        return option->unit;
    }
}

/* Type, bounds and unit, on one line. */
static void print_facts(const struct printer *printer, const struct carillon_option *option)
{
    FILE *out = printer->out;
    if (option->type == CARILLON_OPTION_CHOICE)
        fprintf(out, "One of %s", option->choices);
    else
        fputs(type_text(option), out);
    bool bounded = option->min || option->max, above = option->max && option->max != INT64_MAX;
    if (bounded) {
        fputs(above ? "; " : "; at least ", out);
        print_number(printer, option, option->min);
    }
    if (above) {
        fputs(" to ", out);
        print_number(printer, option, option->max);
    }
    if (bounded && bound_unit(option))
        fprintf(out, " %s", bound_unit(option));
    else if (option->unit)
        fprintf(out, "; %s", option->unit);
    if (option->flags & CARILLON_OPTION_RESTART)
        fputs("; takes effect at the next start", out);
    fputs(".\n", out);
}

/* The fields of an entry of a list or map cannot stand in the file as options: they are told in comments. */
static void print_entry_fields(struct printer *printer, const struct carillon_option *option, int level)
{
    for (size_t i = 0; i < option->field_count; i++) {
        const struct carillon_option *field = &option->fields[i];
        print_indent(printer);
        fprintf(printer->out, "--%*s%s", level * INDENT, "", field->name);
        if (field->flags & CARILLON_OPTION_REQUIRED)
            fputs(" (required)", printer->out);
        else if (field->default_value)
            fprintf(printer->out, " = %s", field->default_value);
        fprintf(printer->out, "  -- %s ", field->help ? field->help : "");
        print_facts(printer, field);
        print_entry_fields(printer, field, level + 1);
    }
}

static bool is_quoted_type(const struct carillon_option *option)
{
    switch (option->type) {
    case CARILLON_OPTION_BOOL:
    case CARILLON_OPTION_INT:
    case CARILLON_OPTION_STRINGS:
    case CARILLON_OPTION_RECORDS:
    case CARILLON_OPTION_MAP:
        return false;
    case CARILLON_OPTION_SIZE:
    case CARILLON_OPTION_DURATION:
        return strspn(option->default_value, "0123456789.") != strlen(option->default_value);
    default:
        return true;
    }
}

static void print_default(const struct printer *printer, const struct carillon_option *option)
{
    const char *text = option->default_value;
    if (!is_quoted_type(option) || *text == '"' || *text == '\'' || *text == '{') {
        fputs(text, printer->out);
        return;
    }
    fputc('"', printer->out);
    for (; *text; text++)
        fprintf(printer->out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', printer->out);
}

static void print_options(struct printer *printer, const struct carillon_option *options, size_t n);

static void print_option(struct printer *printer, const struct carillon_option *option)
{
    const char *end = printer->indent ? ",\n" : "\n";
    if (option->help) {
        print_indent(printer);
        fprintf(printer->out, "-- %s\n", option->help);
    }
    if (option->type == CARILLON_OPTION_RECORD) {
        print_indent(printer);
        fprintf(printer->out, "%s = {\n", option->name);
        printer->indent += INDENT;
        print_options(printer, option->fields, option->field_count);
        printer->indent -= INDENT;
        print_indent(printer);
        fprintf(printer->out, "}%s", end);
        return;
    }
    print_indent(printer);
    fputs("-- ", printer->out);
    print_facts(printer, option);
    print_entry_fields(printer, option, 1);
    print_indent(printer);
    if (option->default_value) {
        fprintf(printer->out, "%s = ", option->name);
        print_default(printer, option);
    } else {
        fprintf(printer->out, "-- %s =", option->name);
    }
    fputs(end, printer->out);
}

static void print_options(struct printer *printer, const struct carillon_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i && !printer->indent)
            fputc('\n', printer->out);
        print_option(printer, &options[i]);
    }
}

void config_print_defaults(FILE *out)
{
    struct carillon_arena *arena = arena_new(ARENA_BOUND);
    size_t n = 0;
    struct carillon_option *options = arena ? sections_flatten(arena, &n) : NULL;
    struct printer printer = { .out = out };
    fputs("-- The configuration of carillond with all its defaults. Keep what you change; a later file of conf.d/ and\n"
          "-- --set go over it: named entries are merged, lists replaced. Also env(\"NAME\") can be used.\n\n",
          out);
    if (options)
        print_options(&printer, options, n);
    arena_free(arena);
}
