#include "lua/set/load.h"
#include "lua/vm/binding.h"
#include "lua/vm/sandbox.h"
#include "lua/run/state.h"

#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20 };
#define MODULES "carillon.modules"

/* ---- files ---- */

char *script_file_read(const char *path, size_t *len, char *error)
{
    char *text = NULL;
    long size = 0;
    FILE *file = fopen(path, "re");
    if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && size <= FILE_MAX) {
        rewind(file);
        text = calloc(1, (size_t)size + 1);
        if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
            free(text);
            text = NULL;
        }
    }
    if (!text)
        snprintf(error, SCRIPT_ERROR_SIZE, "%s: %s", path,
                 size > FILE_MAX ? "larger than 1 MB" : strerror(errno ? errno : EIO));
    if (file)
        fclose(file);
    *len = (size_t)size;
    return text;
}

static char *join(const char *folder, const char *name)
{
    char *path = NULL;
    if ((*name == '/' ? asprintf(&path, "%s", name) : asprintf(&path, "%s/%s", folder, name)) < 0)
        abort();
    return path;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    if (!folder)
        abort();
    return folder;
}

static bool read_source(struct script_set *set, const char *path, char *error)
{
    struct script_source *sources = realloc(set->sources, (set->source_count + 1) * sizeof *sources);
    if (!sources)
        abort();
    set->sources = sources;
    struct script_source *source = &sources[set->source_count];
    *source = (struct script_source){ 0 };
    source->text = script_file_read(path, &source->len, error);
    if (!source->text)
        return false;
    size_t root = strlen(set->options.directory);
    bool below = strncmp(path, set->options.directory, root) == 0 && path[root] == '/';
    source->path = strdup(path);
    source->name = strdup(below ? path + root + 1 : path);
    source->folder = folder_of(path);
    if (!source->path || !source->name)
        abort();
    set->source_count++;
    return true;
}

static int is_script(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    bool lua = len > 4 && strcmp(entry->d_name + len - 4, ".lua") == 0 && entry->d_name[0] != '.';
    bool spec = len > 9 && strcmp(entry->d_name + len - 9, "_spec.lua") == 0;
    return lua && !spec;
}

static bool read_folder(struct script_set *set, const char *path, char *error)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_script, alphasort);
    bool good = n >= 0;
    if (!good)
        snprintf(error, SCRIPT_ERROR_SIZE, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        char *file = join(path, entries[i]->d_name);
        good = good && read_source(set, file, error);
        free(file);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return good;
}

bool sources_read(struct script_set *set, char *error)
{
    set->lib = join(set->options.directory, "lib");
    for (size_t i = 0; i < set->options.script_count; i++) {
        char *path = join(set->options.directory, set->options.scripts[i]);
        struct stat about;
        bool folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
        errno = 0;
        bool good = folder ? read_folder(set, path, error) : read_source(set, path, error);
        free(path);
        if (!good)
            return false;
    }
    return true;
}

void sources_free(struct script_set *set)
{
    for (size_t i = 0; i < set->source_count; i++) {
        free(set->sources[i].path);
        free(set->sources[i].name);
        free(set->sources[i].folder);
        free(set->sources[i].text);
    }
    free(set->sources);
}

/* ---- require ---- */

static bool is_module_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/";
    return *name && *name != '/' && strspn(name, allowed) == strlen(name) && strlen(name) < 100;
}

/* The file of a module, its text in *text. */
static char *find_module(lua_State *lua, const struct script_state *state, const char *name, char **text, size_t *len)
{
    const char *const folders[] = { state->loading->folder, state->set->lib };
    char error[SCRIPT_ERROR_SIZE], file[128];
    snprintf(file, sizeof file, "%s.lua", name);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = join(folders[i], file);
        *text = script_file_read(path, len, error);
        if (*text)
            return path;
        free(path);
    }
    luaL_error(lua, "there is no module '%s' in the script's folder nor in lib", name);
    return NULL;
}

/* The stack: name, modules, path. Keeps what the module returned (nil: true). */
static int module_loaded(lua_State *lua, int status, lua_KContext context)
{
    (void)status, (void)context;
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, 1);
    }
    lua_pushvalue(lua, 3);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 2);
    return 1;
}

int script_require(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    const char *name = luaL_checkstring(lua, 1);
    char *text;
    size_t len;
    if (!state->loading)
        return luaL_error(lua, "require works only while the script is loaded");
    if (!is_module_name(name))
        return luaL_error(lua, "'%s' cannot be the name of a module", name);
    lua_settop(lua, 1);
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, MODULES);
    char *path = find_module(lua, state, name, &text, &len);
    lua_pushstring(lua, path);
    free(path);
    lua_pushvalue(lua, 3);
    if (lua_rawget(lua, 2) != LUA_TNIL) {
        free(text);
        return 1;
    }
    lua_pop(lua, 1);
    const char *chunk = lua_pushfstring(lua, "@%s.lua", name);
    int status = luaL_loadbufferx(lua, text, len, chunk, "t");
    free(text);
    if (status != LUA_OK)
        return lua_error(lua);
    lua_remove(lua, -2);
    sandbox_push_globals(lua);
    if (!lua_setupvalue(lua, -2, 1))
        lua_pop(lua, 1);
    lua_callk(lua, 0, 1, 0, module_loaded);
    return module_loaded(lua, LUA_OK, 0);
}

/* ---- running ---- */

struct loading {
    const struct script_source *source;
    int globals;
};

/* Leaves the script's function on the stack. */
static int compile(lua_State *lua)
{
    const struct loading *loading = lua_touserdata(lua, 1);
    const char *chunk = lua_pushfstring(lua, "@%s", loading->source->name);
    if (luaL_loadbufferx(lua, loading->source->text, loading->source->len, chunk, "t") != LUA_OK)
        return lua_error(lua);
    if (loading->globals)
        lua_rawgeti(lua, LUA_REGISTRYINDEX, loading->globals);
    else
        sandbox_push_globals(lua);
    if (!lua_setupvalue(lua, -2, 1))
        lua_pop(lua, 1);
    return 1;
}

bool script_run(struct script_state *state, const struct script_source *source, int globals, char *error)
{
    struct loading loading = { source, globals };
    enum script_fault fault = SCRIPT_FAULT_NONE;
    lua_State *lua = state->vm->lua;
    lua_pushcfunction(lua, compile);
    lua_pushlightuserdata(lua, &loading);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK) {
        snprintf(error, SCRIPT_ERROR_SIZE, "%s", lua_tostring(lua, -1));
        lua_pop(lua, 1);
        return false;
    }
    struct script_call *call = script_call_new(state, NULL, -1);
    if (!call)
        abort();
    call->name = source->name;
    lua_xmove(lua, call->thread.lua, 1);
    state->loading = source;
    bool good = script_call_run(call, 0, &fault) == SCRIPT_DONE;
    state->loading = NULL;
    if (!good) {
        snprintf(error, SCRIPT_ERROR_SIZE, "%s %s: %s", source->name, script_fault_text(fault),
                 script_call_push_error(call, fault));
        lua_pop(lua, 1);
    }
    script_call_free(call, good);
    return good;
}

enum { LOAD_TIMES = 20 }; /* a script may take so much longer to load than to run */

bool scripts_run(struct script_state *state, char *error)
{
    struct script_vm *vm = state->vm;
    struct script_budget budget = vm->budget;
    bool good = true;
    vm->budget.steps *= LOAD_TIMES;
    vm->budget.stretch_ns *= LOAD_TIMES;
    vm->budget.call_memory = vm->budget.memory;
    for (size_t i = 0; good && i < state->set->source_count; i++)
        good = script_run(state, &state->set->sources[i], 0, error);
    vm->budget = budget;
    return good;
}
