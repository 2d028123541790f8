#include "luacheck.h"
#include "lua/vm/binding.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- what it has to know ---- */

static void write_fields(FILE *out, const struct script_class *class)
{
    fputs(" = { fields = { ", out);
    for (size_t i = 0; i < class->count; i++)
        if (class->functions[i].help)
            fprintf(out, "[\"%s\"] = {}, ", class->functions[i].name);
    fputs("} },\n", out);
}

/* Tests set some of them, and look into others. */
static void write_fakes(FILE *out)
{
    static const char prefix[] = "fakes.";
    fputs("globals = { fakes = { fields = { ", out);
    for (size_t i = 0; i < class_spec.count; i++)
        if (strncmp(class_spec.functions[i].name, prefix, sizeof prefix - 1) == 0)
            fprintf(out, "[\"%s\"] = { other_fields = true }, ", class_spec.functions[i].name + sizeof prefix - 1);
    fputs("} } }", out);
}

static void write_globals(FILE *out, const struct script_class *class)
{
    for (size_t i = 0; i < class->count; i++)
        if (class->functions[i].help && !strchr(class->functions[i].name, '.'))
            fprintf(out, "    [\"%s\"] = {},\n", class->functions[i].name);
}

static void write_config(FILE *out)
{
    fputs("stds.carillon = { read_globals = {\n    _G = {},\n", out);
    for (size_t i = 0; i < script_class_count; i++) {
        const struct script_class *class = script_classes[i];
        if (class->object)
            continue;
        if (!*class->name) {
            write_globals(out, class);
        } else {
            fprintf(out, "    [\"%s\"]", class->name);
            write_fields(out, class);
        }
    }
    fputs("} }\nstds.carillon_spec = { read_globals = {\n", out);
    write_globals(out, &class_spec);
    fputs("},\n", out);
    write_fakes(out);
    fputs(" }\nstd = \"carillon\"\nmax_line_length = false\nfiles[\"**/*_spec.lua\"].std = "
          "\"carillon+carillon_spec\"\n",
          out);
}

/* ---- running it ---- */

/* Its output as a stream; NULL: it cannot be run. */
static FILE *start(char **argv, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe(ends) != 0)
        return NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    bool good = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *out = good ? fdopen(ends[0], "r") : NULL;
    if (!out)
        close(ends[0]);
    return out;
}

/* A line such as "hooks/a.lua:3:7: (W211) unused variable x". */
static void read_line(char *line, luacheck_listener found, void *user)
{
    int number = 0, length = 0;
    char code[8];
    char *place = strstr(line, ": (");
    if (!place || sscanf(place, ": (%7[A-Z0-9]) %n", code, &length) != 1)
        return;
    const char *message = place + length;
    *place = '\0';
    char *column = strrchr(line, ':');
    if (column)
        *column = '\0';
    char *colon = strrchr(line, ':');
    if (!colon)
        return;
    *colon = '\0';
    number = (int)strtol(colon + 1, NULL, 10);
    found(line, number, code, message, user);
}

static bool run(const char *config, char *const *paths, unsigned long count, luacheck_listener found, void *user)
{
    static const char *const fixed[] = { "luacheck",    "--codes", "--no-color", "--no-cache",
                                         "--formatter", "plain",   "--config" };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    const char **argv = calloc(FIXED + 2 + count + 1, sizeof *argv);
    char *line = NULL;
    size_t size = 0;
    pid_t pid;
    int status = 0;
    if (!argv)
        abort();
    memcpy(argv, fixed, sizeof fixed);
    argv[FIXED] = config;
    argv[FIXED + 1] = "--";
    for (unsigned long i = 0; i < count; i++)
        argv[FIXED + 2 + i] = paths[i];
    FILE *out = start((char **)(uintptr_t)argv, &pid);
    free(argv);
    if (!out)
        return false;
    while (getline(&line, &size, out) > 0) {
        line[strcspn(line, "\n")] = '\0';
        read_line(line, found, user);
    }
    free(line);
    fclose(out);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) <= 2; /* 3 and more: it did not work */
}

bool luacheck_run(char *const *paths, unsigned long count, luacheck_listener found, void *user)
{
    char config[] = "/tmp/carillonctl-XXXXXX";
    int fd = mkstemp(config);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!out)
        return false;
    write_config(out);
    bool good = fclose(out) == 0 && run(config, paths, count, found, user);
    unlink(config);
    return good;
}
