#include "lua/set/spec.h"
#include "lua/set/load.h"
#include "lua/vm/sandbox.h"
#include "lua/set/settings.h"
#include "lua/trial/trial.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX "_spec.lua"
#define SUFFIX_LEN (sizeof SUFFIX - 1)

/* One spec, of which each test gets a trial of its own. */
struct spec {
    struct spec_run *run;
    struct script_source source;
    size_t test;  /* which one is to be run */
    size_t count; /* how many there are */
    int line;
    char name[200];
    int function; /* a reference of the trial's state */
};

bool spec_is_name(const char *path)
{
    size_t len = strlen(path);
    return len > SUFFIX_LEN && strcmp(path + len - SUFFIX_LEN, SUFFIX) == 0;
}

static char *text_of(const char *from, size_t len, const char *end)
{
    char *text = NULL;
    if (asprintf(&text, "%.*s%s", (int)len, from, end) < 0)
        abort();
    return text;
}

/* Makes the test that is to be run known: its settings are in force, its function is kept. */
static int choose_test(lua_State *lua)
{
    struct spec *spec = lua_touserdata(lua, 1);
    trial_push_tests(lua);
    spec->count = lua_rawlen(lua, -1);
    if (lua_rawgeti(lua, -1, (lua_Integer)spec->test + 1) != LUA_TTABLE)
        return 0;
    lua_getfield(lua, -1, "settings");
    settings_take(lua);
    lua_getfield(lua, -1, "line");
    spec->line = (int)lua_tointeger(lua, -1);
    lua_getfield(lua, -2, "name");
    snprintf(spec->name, sizeof spec->name, "%s", lua_tostring(lua, -1));
    lua_getfield(lua, -3, "f");
    spec->function = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
}

/* Runs the spec before the script, which is then loaded with the settings of the test. */
static bool prepare(struct script_state *state, void *user, char *error)
{
    struct spec *spec = user;
    lua_State *lua = state->vm->lua;
    sandbox_push_globals(lua);
    trial_push_spec(lua, lua_gettop(lua));
    int globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    bool good = script_run(state, &spec->source, globals, error);
    luaL_unref(lua, LUA_REGISTRYINDEX, globals);
    if (!good)
        return false;
    lua_pushcfunction(lua, choose_test);
    lua_pushlightuserdata(lua, spec);
    good = lua_pcall(lua, 1, 0, 0) == LUA_OK;
    if (!good) {
        snprintf(error, SCRIPT_ERROR_SIZE, "%s", lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
    return good;
}

static void note(const char *level, const char *text, void *user)
{
    const struct spec *spec = user;
    if (spec->run->note)
        spec->run->note(level, text, spec->run->user);
}

static void tell(struct spec *spec, const char *error, int64_t took_ns)
{
    struct spec_run *run = spec->run;
    const struct spec_outcome outcome = { spec->source.name, spec->line, spec->name, error, took_ns };
    if (error && !run->failed)
        snprintf(run->error, sizeof run->error, "%s: %s", spec->name, error);
    *(error ? &run->failed : &run->passed) += 1;
    if (run->told)
        run->told(&outcome, run->user);
}

/* False: there is none of this number. */
static bool run_test(struct spec *spec, const struct script_options *options)
{
    struct trial trial = { .prepare = prepare, .user = spec, .note = note };
    char error[SCRIPT_ERROR_SIZE];
    int64_t begun_ns = loop_monotonic_ns();
    spec->line = 0;
    spec->count = 0;
    snprintf(spec->name, sizeof spec->name, "%s", spec->source.name);
    bool good = trial_open(&trial, options, error);
    bool there = spec->test < spec->count;
    if (good && there) {
        lua_State *lua = trial.set->states[0]->vm->lua;
        lua_rawgeti(lua, LUA_REGISTRYINDEX, spec->function);
        good = trial_run_test(&trial, spec->name, error);
    }
    if (!good || there)
        tell(spec, good ? NULL : error, loop_monotonic_ns() - begun_ns);
    trial_close(&trial);
    return there;
}

/* What a path is called in messages: below the scripts' folder. */
static const char *name_below(const char *path, const char *directory)
{
    size_t len = strlen(directory);
    return strncmp(path, directory, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

void spec_run_file(struct spec_run *run, const struct script_options *options, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct spec spec = { .run = run };
    struct script_options mine = *options;
    char error[SCRIPT_ERROR_SIZE];
    char *script = text_of(path, strlen(path) - SUFFIX_LEN, ".lua");
    const char *const scripts[] = { script };
    spec.source.path = (char *)(uintptr_t)path;
    spec.source.name = (char *)(uintptr_t)name_below(path, options->directory);
    spec.source.folder = text_of(path, slash ? (size_t)(slash - path) : 0, slash ? "" : ".");
    spec.source.text = script_file_read(path, &spec.source.len, error);
    mine.scripts = scripts;
    mine.script_count = access(script, F_OK) == 0 ? 1 : 0;
    mine.settings = NULL; /* the tests say their own */
    if (spec.source.text) {
        while (run_test(&spec, &mine))
            spec.test++;
    } else {
        tell(&spec, error, 0);
    }
    free(spec.source.text);
    free(spec.source.folder);
    free(script);
}

void spec_run_set(struct spec_run *run, const struct script_options *options, const struct script_set *set)
{
    for (size_t i = 0; i < set->source_count; i++) {
        const char *path = set->sources[i].path;
        size_t len = strlen(path);
        if (len < 4 || strcmp(path + len - 4, ".lua") != 0)
            continue;
        char *spec = text_of(path, len - 4, SUFFIX);
        if (access(spec, F_OK) == 0)
            spec_run_file(run, options, spec);
        free(spec);
    }
}
