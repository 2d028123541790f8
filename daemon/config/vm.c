#include "config/vm.h"
#include "config/lines.h"
#include "config/vm_private.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MEMORY_MAX = 32 << 20,
    INSTRUCTIONS_MAX = 20 * 1000 * 1000,
    HOOK_EVERY = 1000,
    TIME_MAX_MS = 2000,
};

static struct vm *vm_of(lua_State *lua)
{
    return *(struct vm **)lua_getextraspace(lua);
}

/* ---- budgets ---- */

static void *allocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    struct vm *vm = arg;
    if (!ptr)
        old_size = 0; /* it tells what the memory is for */
    if (new_size == 0) {
        vm->memory -= old_size;
        free(ptr);
        return NULL;
    }
    if (new_size > old_size && new_size - old_size > MEMORY_MAX - vm->memory)
        return NULL;
    void *moved = realloc(ptr, new_size);
    if (moved)
        vm->memory += new_size - old_size;
    return moved;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void check_budget(lua_State *lua, lua_Debug *debug)
{
    (void)debug;
    struct vm *vm = vm_of(lua);
    vm->instructions += HOOK_EVERY;
    if (vm->instructions <= INSTRUCTIONS_MAX && monotonic_ms() <= vm->deadline_ms)
        return;
    luaL_where(lua, 0);
    lua_pushliteral(lua, "the file takes too long: a configuration may only set tables");
    lua_concat(lua, 2);
    lua_error(lua);
}

static void renew_budget(struct vm *vm)
{
    vm->instructions = 0;
    vm->deadline_ms = monotonic_ms() + TIME_MAX_MS;
}

/* ---- what files may call ---- */

static int call_env(lua_State *lua)
{
    const char *value = getenv(luaL_checkstring(lua, 1));
    if (value)
        lua_pushstring(lua, value);
    else
        lua_settop(lua, 2);
    return 1;
}

static const char *const base_names[] = { "assert", "error",    "ipairs",   "next", "pairs",
                                          "select", "tonumber", "tostring", "type", NULL };
static const char *const string_names[] = { "byte", "char",    "format", "len",   "lower",
                                            "rep",  "reverse", "sub",    "upper", NULL };
static const char *const table_names[] = { "concat", "insert", "remove", "sort", "unpack", NULL };
static const char *const math_names[] = { "abs", "ceil",       "floor", "fmod",       "huge",
                                          "max", "maxinteger", "min",   "mininteger", "modf",
                                          "pi",  "tointeger",  "type",  "ult",        NULL };

/* The table on top of the stack gives way to a copy of these names only. */
static void keep_only(lua_State *lua, const char *const *names)
{
    lua_newtable(lua);
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
    lua_remove(lua, -2);
}

static void open_library(lua_State *lua, const char *name, lua_CFunction open, const char *const *names)
{
    luaL_requiref(lua, name, open, 0);
    keep_only(lua, names);
}

/* Leaves the table of what files may call on the stack. */
static void push_library(lua_State *lua)
{
    open_library(lua, LUA_GNAME, luaopen_base, base_names);
    open_library(lua, LUA_STRLIBNAME, luaopen_string, string_names);
    /* ("x"):rep(3) finds the functions through the metatable of strings. */
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    lua_setfield(lua, -2, LUA_STRLIBNAME);
    open_library(lua, LUA_TABLIBNAME, luaopen_table, table_names);
    lua_setfield(lua, -2, LUA_TABLIBNAME);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math, math_names);
    lua_setfield(lua, -2, LUA_MATHLIBNAME);
    lua_pushcfunction(lua, call_env);
    lua_setfield(lua, -2, "env");
}

static int set_up(lua_State *lua)
{
    push_library(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, VM_LIBRARY);
    lua_sethook(lua, check_budget, LUA_MASKCOUNT, HOOK_EVERY);
    return 0;
}

struct vm *vm_new(const struct vm_options *options, struct carillon_arena *arena)
{
    struct vm *vm = calloc(1, sizeof *vm);
    if (!vm)
        return NULL;
    vm->options = *options;
    vm->arena = arena;
    vm->lua = lua_newstate(allocate, vm);
    if (!vm->lua) {
        free(vm);
        return NULL;
    }
    *(struct vm **)lua_getextraspace(vm->lua) = vm;
    lua_pushcfunction(vm->lua, set_up);
    if (lua_pcall(vm->lua, 0, 0, 0) != LUA_OK) {
        vm_free(vm);
        return NULL;
    }
    return vm;
}

void vm_free(struct vm *vm)
{
    if (!vm)
        return;
    lua_close(vm->lua);
    free(vm);
}

/* ---- running ---- */

struct run {
    struct vm *vm;
    const char *file, *text;
    size_t len;
    bool expression, evaluated;
    struct node *result;
};

static void note_line(void *arg, const char *path, int line)
{
    lua_State *lua = arg; /* on its top: paths to lines */
    lua_pushinteger(lua, line);
    lua_setfield(lua, -2, path);
}

/* With the name as Lua likes it: "=name" is shown as it is. */
static void load_text(lua_State *lua, const char *file, const char *text, size_t len)
{
    const char *name = lua_pushfstring(lua, "=%s", file);
    if (luaL_loadbufferx(lua, text, len, name, "t") != LUA_OK)
        lua_error(lua);
    lua_remove(lua, -2);
}

/* The function on top of the stack sees `env` at index as its globals. */
static void set_environment(lua_State *lua, int index)
{
    lua_pushvalue(lua, index);
    if (!lua_setupvalue(lua, -2, 1)) /* a text without any global */
        lua_pop(lua, 1);
}

static int run_protected(lua_State *lua)
{
    struct run *run = lua_touserdata(lua, 1);
    environment_push(lua); /* 2: globals, 3: what is set */
    load_text(lua, run->file, run->text, run->len);
    set_environment(lua, 2);
    if (run->expression) {
        lua_call(lua, 0, 1);
        run->evaluated = !lua_isnil(lua, -1);
    } else {
        lua_call(lua, 0, 0);
        lua_pushvalue(lua, 3);
    }
    lua_newtable(lua);
    if (!run->expression)
        lines_find(run->text, run->len, note_line, lua);
    run->result = nodes_take(lua, run->file);
    return 0;
}

static int run(struct run *run)
{
    lua_State *lua = run->vm->lua;
    renew_budget(run->vm);
    lua_settop(lua, 0);
    lua_pushcfunction(lua, run_protected);
    lua_pushlightuserdata(lua, run);
    int status = lua_pcall(lua, 1, 0, 0);
    /* What the run left behind must not count against the next one. */
    if (status == LUA_OK)
        lua_gc(lua, LUA_GCCOLLECT);
    return status;
}

/* "file:LINE: what" becomes the line and what. What Lua quotes of a text might be a secret. */
static void explain(struct run *run, const char *message, char *error, int *line)
{
    size_t file_len = strlen(run->file);
    *line = 0;
    if (strncmp(message, run->file, file_len) == 0 && message[file_len] == ':') {
        char *end;
        long number = strtol(message + file_len + 1, &end, 10);
        if (end[0] == ':' && end[1] == ' ') {
            *line = (int)number;
            message = end + 2;
        }
    }
    snprintf(error, VM_ERROR_SIZE, "%s", message);
    char *near = strstr(error, " near '");
    if (near && strchr("\"'[", near[strlen(" near '")]))
        *near = '\0';
}

struct node *vm_run(struct vm *vm, const char *file, const char *text, size_t len, char *error, int *line)
{
    struct run task = { .vm = vm, .file = file, .text = text, .len = len };
    int status = run(&task);
    if (status == LUA_OK)
        return task.result;
    const char *message = status == LUA_ERRMEM ? "the file takes too much memory: a configuration may only set tables"
                          : lua_type(vm->lua, -1) == LUA_TSTRING ? lua_tostring(vm->lua, -1)
                                                                 : "the file raised an error that is no text";
    explain(&task, message, error, line);
    lua_settop(vm->lua, 0);
    return NULL;
}

static struct node *bare_word(struct vm *vm, const char *file, const char *text)
{
    struct node *node = arena_alloc(vm->arena, sizeof *node);
    if (!node)
        return NULL;
    node->kind = NODE_STRING;
    node->file = file;
    node->string = arena_str(vm->arena, (struct carillon_str){ text, strlen(text) });
    return node->string.ptr ? node : NULL;
}

/* A lone name would give a table of options or a function where one has that name: sqlite, log, table. */
static bool is_lone_name(const char *text)
{
    static const char *const values[] = { "true", "false", "nil" };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strcmp(text, values[i]) == 0)
            return false;
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(text) &&
           (*text < '0' || *text > '9');
}

struct node *vm_evaluate(struct vm *vm, const char *file, const char *text)
{
    if (is_lone_name(text))
        return bare_word(vm, file, text);
    struct carillon_str expression = arena_printf(vm->arena, "return %s", text);
    if (!expression.ptr)
        return NULL;
    struct run task = { .vm = vm, .file = file, .text = expression.ptr, .len = expression.len, .expression = true };
    if (run(&task) == LUA_OK && task.evaluated && task.result)
        return task.result;
    lua_settop(vm->lua, 0);
    return bare_word(vm, file, text);
}
