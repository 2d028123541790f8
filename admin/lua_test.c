#include "command.h"
#include "lua/set/spec.h"
#include "paths.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shown {
    bool json, verbose, colours;
    const char *file; /* whose name was printed last */
};

static void print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(object);
}

static void tell_json(const struct spec_outcome *outcome)
{
    json_t *object = json_pack("{s:s, s:i, s:s, s:b, s:f}", "file", outcome->file, "line", outcome->line, "test",
                               outcome->name, "passed", !outcome->error, "ms", (double)outcome->took_ns / 1e6);
    if (outcome->error)
        json_object_set_new(object, "error", json_string(outcome->error));
    print_json(object);
}

/* The lines of an error, moved to the right. */
static void print_error(const char *error)
{
    while (*error) {
        int len = (int)strcspn(error, "\n");
        printf("         %.*s\n", len, error);
        error += len + (error[len] == '\n');
    }
}

static void tell(const struct spec_outcome *outcome, void *user)
{
    struct shown *shown = user;
    if (shown->json) {
        tell_json(outcome);
        return;
    }
    if (!outcome->error && !shown->verbose)
        return;
    if (!shown->file || strcmp(shown->file, outcome->file) != 0)
        printf("%s\n", outcome->file);
    shown->file = outcome->file;
    const char *mark = outcome->error ? "FAILED" : "passed";
    const char *colour = outcome->error ? "\033[31m" : "\033[32m";
    printf("  %s%s%s %s", shown->colours ? colour : "", mark, shown->colours ? "\033[0m" : "", outcome->name);
    printf(shown->verbose ? " (%.1f ms)\n" : "\n", (double)outcome->took_ns / 1e6);
    if (outcome->error)
        print_error(outcome->error);
}

static void note(const char *level, const char *text, void *user)
{
    const struct shown *shown = user;
    if (shown->verbose && !shown->json)
        printf("         [%s] %s\n", level, text);
}

/* The specs that the arguments mean. */
static bool find_specs(struct path_list *specs, const struct arguments *arguments)
{
    for (int i = 0; i < arguments->path_count; i++) {
        const char *path = arguments->paths[i];
        char *spec = path_of_spec(path);
        errno = 0;
        bool good = paths_add(specs, spec ? spec : path, spec_is_name);
        if (!good)
            fprintf(stderr, "carillonctl: %s: %s\n", path, strerror(errno));
        else if (path_is_script(path) && !spec)
            fprintf(stderr, "carillonctl: %s has no spec beside it\n", path);
        good = good && !(path_is_script(path) && !spec);
        free(spec);
        if (!good)
            return false;
    }
    return true;
}

int lua_test(const struct arguments *arguments)
{
    struct path_list specs = { 0 };
    struct shown shown = { argument_given(arguments, OPTION_json), argument_given(arguments, OPTION_verbose),
                           isatty(STDOUT_FILENO) != 0, NULL };
    struct spec_run run = { .told = tell, .note = note, .user = &shown };
    bool found = find_specs(&specs, arguments);
    for (size_t i = 0; found && i < specs.count; i++) {
        char *directory;
        const struct path_list one = { &specs.paths[i], 1 };
        struct script_options options = options_of(arguments, &one, &directory);
        shown.file = NULL;
        spec_run_file(&run, &options, specs.paths[i]);
        free(directory);
    }
    paths_free(&specs);
    if (!found)
        return EXIT_TROUBLE;
    if (shown.json)
        print_json(json_pack("{s:i, s:i}", "passed", (int)run.passed, "failed", (int)run.failed));
    else
        printf("%u passed, %u failed\n", run.passed, run.failed);
    return run.failed ? EXIT_FOUND : EXIT_FINE;
}
