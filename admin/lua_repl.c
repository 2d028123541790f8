#include "command.h"
#include "input.h"
#include "lua/vm/sandbox.h"
#include "lua/trial/trial.h"
#include "paths.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls what was typed and shows what it returns; in Lua, so that the budget can stop it anywhere. */
static const char evaluate[] = "local f, print, show = ...\n"
                               "local function tell(...)\n"
                               "    for i = 1, select('#', ...) do print(show((select(i, ...)))) end\n"
                               "end\n"
                               "tell(f())\n";

struct repl {
    struct trial trial;
    struct script_source source; /* as which what is typed counts: hook.on, require and settings work */
    int globals;                 /* of what is typed */
};

static bool prepare(struct script_state *state, void *user, char *error)
{
    struct repl *repl = user;
    lua_State *lua = state->vm->lua;
    (void)error;
    sandbox_push_globals(lua);
    trial_push_spec(lua, lua_gettop(lua));
    repl->globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    return true;
}

static void note(const char *level, const char *text, void *user)
{
    (void)user;
    printf("[%s] %s\n", level, text);
}

static int print_value(lua_State *lua)
{
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    fwrite(text, 1, len, stdout);
    putchar('\n');
    return 0;
}

/* ---- what was typed ---- */

static bool load(lua_State *lua, const struct repl *repl, const char *text)
{
    if (luaL_loadbufferx(lua, text, strlen(text), "=input", "t") != LUA_OK)
        return false;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, repl->globals);
    if (!lua_setupvalue(lua, -2, 1))
        lua_pop(lua, 1);
    return true;
}

/* Leaves its function on the stack, or what is wrong with it. An expression counts as one. */
static bool compile(lua_State *lua, const struct repl *repl, const char *text)
{
    char *returned = NULL;
    if (asprintf(&returned, "return %s", text) < 0)
        abort();
    bool good = load(lua, repl, returned);
    free(returned);
    if (good)
        return true;
    lua_pop(lua, 1);
    return load(lua, repl, text);
}

/* Is it an error that more lines may cure? */
static bool is_unfinished(const char *error)
{
    static const char end[] = "<eof>";
    size_t len = strlen(error);
    return len >= sizeof end - 1 && strcmp(error + len - (sizeof end - 1), end) == 0;
}

/* The stack: the function. Leaves one that calls it and shows what it returns. */
static void wrap(lua_State *lua)
{
    luaL_loadbufferx(lua, evaluate, sizeof evaluate - 1, "=evaluate", "t");
    sandbox_push_globals(lua);
    lua_setupvalue(lua, -2, 1);
    lua_insert(lua, -2);
}

static int bind_arguments(lua_State *lua);

static void run(struct repl *repl)
{
    struct script_state *state = repl->trial.set->states[0];
    lua_State *lua = state->vm->lua;
    char error[SCRIPT_ERROR_SIZE];
    wrap(lua);
    lua_pushcfunction(lua, print_value);
    trial_push_show(lua);
    lua_pushcclosure(lua, bind_arguments, 4);
    state->loading = &repl->source;
    if (!trial_run_test(&repl->trial, "input", error))
        puts(error);
    state->loading = NULL;
}

static int finish(lua_State *lua, int status, lua_KContext context)
{
    (void)lua, (void)status, (void)context;
    return 0;
}

/* Calls the first upvalue with the others. */
static int bind_arguments(lua_State *lua)
{
    for (int i = 1; i <= 4; i++)
        lua_pushvalue(lua, lua_upvalueindex(i));
    lua_callk(lua, 3, 0, 0, finish);
    return 0;
}

/* Takes one line more; returns what is still unfinished, NULL if nothing. */
static char *take(struct repl *repl, char *before, const char *line)
{
    lua_State *lua = repl->trial.set->states[0]->vm->lua;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s", before ? before : "", before ? "\n" : "", line) < 0)
        abort();
    free(before);
    if (compile(lua, repl, text)) {
        run(repl);
    } else if (*line && is_unfinished(lua_tostring(lua, -1))) { /* an empty line gives up */
        lua_pop(lua, 1);
        return text;
    } else {
        puts(lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
    free(text);
    return NULL;
}

static void converse(struct repl *repl)
{
    char *before = NULL;
    struct input *input = input_open("carillonctl");
    const char *line = input_read(input, "> ");
    for (; line; line = input_read(input, before ? ">> " : "> "))
        if (before || *line) {
            before = take(repl, before, line);
            fflush(stdout);
        }
    free(before);
    input_close(input);
}

int lua_repl(const struct arguments *arguments)
{
    char name[] = "input", empty[] = "";
    struct repl repl = { .trial = { .prepare = prepare, .note = note, .user = &repl } };
    struct path_list scripts = { 0 };
    char error[SCRIPT_ERROR_SIZE], *directory = NULL;
    bool good = paths_of_scripts(&scripts, arguments);
    if (good) {
        struct script_options options = options_of(arguments, &scripts, &directory);
        repl.source = (struct script_source){ .path = name, .name = name, .folder = directory, .text = empty };
        good = trial_open(&repl.trial, &options, error);
        if (good)
            converse(&repl);
        else
            fprintf(stderr, "carillonctl: %s\n", error);
        trial_close(&repl.trial);
    }
    free(directory);
    paths_free(&scripts);
    return good ? EXIT_FINE : EXIT_TROUBLE;
}
