#include "command.h"
#include "lint.h"
#include "lua/set/load.h"
#include "lua/set/spec.h"
#include "lua/trial/trial.h"
#include "luacheck.h"
#include "paths.h"

#include <errno.h>
#include <jansson.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding {
    const char *path;
    int line;
    char *message;
};

struct lint {
    struct path_list files;
    struct finding *findings;
    size_t count;
    const char *path; /* the file that is looked at */
};

static void note(struct lint *lint, const char *path, int line, const char *message)
{
    struct finding *findings = realloc(lint->findings, (lint->count + 1) * sizeof *findings);
    char *copy = strndup(message, strcspn(message, "\n"));
    if (!findings || !copy)
        abort();
    lint->findings = findings;
    findings[lint->count++] = (struct finding){ path, line, copy };
}

static void found(int line, const char *message, void *user)
{
    struct lint *lint = user;
    note(lint, lint->path, line, message);
}

/* ---- one file ---- */

/* An error of Lua's begins with the place, "name:12: what", maybe behind other words. Notes it without. */
static void note_error(struct lint *lint, const char *error)
{
    size_t end = strcspn(error, "\n");
    for (const char *colon = strchr(error, ':'); colon && colon < error + end; colon = strchr(colon + 1, ':')) {
        char *rest;
        long line = strtol(colon + 1, &rest, 10);
        if (line > 0 && rest[0] == ':' && rest[1] == ' ') {
            note(lint, lint->path, (int)line, rest + 2);
            return;
        }
    }
    note(lint, lint->path, 1, error);
}

static bool compiles(struct lint *lint, const char *text, size_t len)
{
    lua_State *lua = luaL_newstate();
    if (!lua)
        abort();
    bool good = luaL_loadbufferx(lua, text, len, "=script", "t") == LUA_OK;
    if (!good)
        note_error(lint, lua_tostring(lua, -1));
    lua_close(lua);
    return good;
}

/* Loads the script, alone, as the daemon would: what it asks of hook.on, settings and require is right then. */
static void load_script(struct lint *lint, const struct arguments *arguments, char *path)
{
    char error[SCRIPT_ERROR_SIZE], *directory;
    const struct path_list one = { &path, 1 };
    struct script_options options = options_of(arguments, &one, &directory);
    struct trial trial = { .user = NULL };
    if (!trial_open(&trial, &options, error))
        note_error(lint, error);
    trial_close(&trial);
    free(directory);
}

static void look_at(struct lint *lint, const struct arguments *arguments, char *path)
{
    char error[SCRIPT_ERROR_SIZE];
    size_t len, before = lint->count;
    char *text = script_file_read(path, &len, error);
    lint->path = path;
    if (!text) {
        note(lint, path, 1, error);
    } else if (compiles(lint, text, len)) {
        struct lint_tokens tokens = lint_read(text);
        lint_check(&tokens, spec_is_name(path), found, lint);
        lint_free(&tokens);
        if (lint->count == before && !spec_is_name(path))
            load_script(lint, arguments, path);
    }
    free(text);
}

/* ---- luacheck ---- */

/* What of luacheck's says the same as something that is known already: both know the globals. */
static bool is_known(const struct lint *lint, const char *path, int line, const char *code)
{
    bool of_globals = code[0] == 'E' || strncmp(code, "W1", 2) == 0;
    for (size_t i = 0; of_globals && i < lint->count; i++)
        if (lint->findings[i].line == line && strcmp(lint->findings[i].path, path) == 0)
            return true;
    return false;
}

static void found_by_luacheck(const char *path, int line, const char *code, const char *message, void *user)
{
    struct lint *lint = user;
    char with_code[400];
    for (size_t i = 0; i < lint->files.count; i++)
        if (strcmp(lint->files.paths[i], path) == 0 && !is_known(lint, path, line, code)) {
            snprintf(with_code, sizeof with_code, "%s (luacheck %s)", message, code);
            note(lint, lint->files.paths[i], line, with_code);
        }
}

/* ---- telling ---- */

static int compare(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;
    int by_path = strcmp(left->path, right->path);
    return by_path ? by_path : left->line - right->line;
}

/* As short as it may be from the working directory. */
static const char *shown_path(const char *path, const char *here)
{
    size_t len = strlen(here);
    return strncmp(path, here, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

static void print(const struct lint *lint, bool json)
{
    char *here = getcwd(NULL, 0);
    for (size_t i = 0; i < lint->count; i++) {
        const struct finding *finding = &lint->findings[i];
        const char *path = shown_path(finding->path, here ? here : "");
        if (!json) {
            printf("%s:%d: %s\n", path, finding->line, finding->message);
            continue;
        }
        json_t *object = json_pack("{s:s, s:i, s:s}", "file", path, "line", finding->line, "message", finding->message);
        json_dumpf(object, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(object);
    }
    if (!json)
        printf("%zu files, %zu findings\n", lint->files.count, lint->count);
    free(here);
}

static bool find_files(struct lint *lint, const struct arguments *arguments)
{
    for (int i = 0; i < arguments->path_count; i++)
        if (!paths_add(&lint->files, arguments->paths[i], path_is_lua)) {
            fprintf(stderr, "carillonctl: %s: %s\n", arguments->paths[i], strerror(errno));
            return false;
        }
    return true;
}

int lua_lint(const struct arguments *arguments)
{
    struct lint lint = { .path = NULL };
    bool good = find_files(&lint, arguments);
    for (size_t i = 0; good && i < lint.files.count; i++)
        look_at(&lint, arguments, lint.files.paths[i]);
    if (good && lint.files.count && !argument_given(arguments, OPTION_no_luacheck) &&
        !luacheck_run(lint.files.paths, lint.files.count, found_by_luacheck, &lint))
        fputs("carillonctl: luacheck is not installed, so its rules were not looked at\n", stderr);
    int code = !good ? EXIT_TROUBLE : lint.count ? EXIT_FOUND : EXIT_FINE;
    if (lint.count)
        qsort(lint.findings, lint.count, sizeof *lint.findings, compare);
    if (good)
        print(&lint, argument_given(arguments, OPTION_json));
    for (size_t i = 0; i < lint.count; i++)
        free(lint.findings[i].message);
    free(lint.findings);
    paths_free(&lint.files);
    return code;
}
