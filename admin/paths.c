#include "paths.h"
#include "lua/set/spec.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16 };

static void add(struct path_list *list, const char *path)
{
    char **paths = realloc(list->paths, (list->count + 1) * sizeof *paths);
    if (!paths)
        abort();
    list->paths = paths;
    paths[list->count] = realpath(path, NULL);
    if (!paths[list->count])
        abort(); /* it was there just now */
    list->count++;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool add_folder(struct path_list *list, const char *folder, bool (*wanted)(const char *path), int depth)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_shown, alphasort);
    for (int i = 0; i < n; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
            abort();
        if (is_folder(path) && depth < DEPTH_MAX)
            add_folder(list, path, wanted, depth + 1);
        else if (wanted(path))
            add(list, path);
        free(path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return n >= 0;
}

bool paths_add(struct path_list *list, const char *path, bool (*wanted)(const char *path))
{
    if (is_folder(path))
        return add_folder(list, path, wanted, 0);
    if (access(path, R_OK) != 0)
        return false;
    add(list, path);
    return true;
}

void paths_free(struct path_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (struct path_list){ 0 };
}

bool path_is_lua(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".lua") == 0;
}

bool path_is_script(const char *path)
{
    return path_is_lua(path) && !spec_is_name(path);
}

char *path_of_spec(const char *path)
{
    char *spec = NULL;
    if (spec_is_name(path))
        return strdup(path);
    if (!path_is_lua(path))
        return NULL;
    if (asprintf(&spec, "%.*s_spec.lua", (int)strlen(path) - 4, path) < 0)
        abort();
    if (access(spec, R_OK) == 0)
        return spec;
    free(spec);
    return NULL;
}

static bool is_root(const char *folder)
{
    static const char *const marks[] = { "lib", "hooks" };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        char inner[PATH_MAX + 8];
        snprintf(inner, sizeof inner, "%s/%s", folder, marks[i]);
        if (is_folder(inner))
            return true;
    }
    return false;
}

/* The nearest folder above the path that has a lib or hooks in it, else the path's own. */
static char *root_of(const char *path)
{
    char folder[PATH_MAX], *slash;
    snprintf(folder, sizeof folder, "%s", path);
    for (slash = strrchr(folder, '/'); slash && slash != folder; slash = strrchr(folder, '/')) {
        *slash = '\0';
        if (is_root(folder))
            return strdup(folder);
    }
    slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

struct script_options options_of(const struct arguments *arguments, const struct path_list *scripts, char **directory)
{
    const char *told = arguments->values[OPTION_directory];
    const char *settings = arguments->values[OPTION_settings];
    *directory = told ? realpath(told, NULL) : scripts->count ? root_of(scripts->paths[0]) : NULL;
    if (!*directory)
        *directory = strdup(told ? told : ".");
    if (!*directory)
        abort();
    return (struct script_options){
        .directory = *directory,
        .settings = settings,
        .scripts = (const char *const *)scripts->paths,
        .script_count = scripts->count,
        .budget = { .steps = 500000, .stretch_ns = 10000000, .call_memory = 4 << 20, .memory = 32 << 20 },
        .waiting_max = 1000,
        .faults_max = 5,
        .pause_ms = 60000,
    };
}

static bool complain(const char *path)
{
    fprintf(stderr, "carillonctl: %s: %s\n", path, strerror(errno));
    return false;
}

bool paths_of_set(struct path_list *list, const char *folder)
{
    char *hooks = NULL;
    if (asprintf(&hooks, "%s/hooks", folder) < 0)
        abort();
    bool good = paths_add(list, is_folder(hooks) ? hooks : folder, path_is_script) || complain(folder);
    free(hooks);
    return good;
}

bool paths_of_scripts(struct path_list *list, const struct arguments *arguments)
{
    for (int i = 0; i < arguments->path_count; i++) {
        const char *path = arguments->paths[i];
        bool good = is_folder(path) ? paths_of_set(list, path) : paths_add(list, path, path_is_script);
        if (!good)
            return complain(path);
    }
    return true;
}
