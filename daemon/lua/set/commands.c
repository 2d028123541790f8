#include "lua/set/commands.h"
#include "base/str.h"
#include "lua/run/state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table of a set ---- */

const struct script_command *script_set_find_command(const struct script_set *set, struct carillon_str name)
{
    for (size_t i = 0; i < set->command_count; i++)
        if (str_equal((struct carillon_str){ set->commands[i].name, strlen(set->commands[i].name) }, name))
            return &set->commands[i];
    return NULL;
}

static void append(struct script_set *set, const struct script_command *made)
{
    struct script_command *commands = realloc(set->commands, (set->command_count + 1) * sizeof *commands);
    if (!commands)
        abort();
    set->commands = commands;
    struct script_command *command = &commands[set->command_count++];
    *command = (struct script_command){ strdup(made->name), strdup(made->help), strdup(made->file), made->line };
    if (!command->name || !command->help || !command->file)
        abort();
}

bool script_set_add_command(struct script_set *set, struct script_state *state, const struct script_command *made,
                            char *error)
{
    unsigned index = state->command_count;
    const struct script_command *known = script_set_find_command(
        set, (struct carillon_str){ made->name, strlen(made->name) });
    if (state->worker == 0 && known) {
        snprintf(error, SCRIPT_ERROR_SIZE, "the command '%s' is taken by %s:%d", made->name, known->file, known->line);
        return false;
    }
    if (state->worker > 0 && (!known || known != &set->commands[index])) {
        snprintf(error, SCRIPT_ERROR_SIZE, "the commands of a script must be the same each time it is loaded");
        return false;
    }
    int *functions = realloc(state->commands, (index + 1) * sizeof *functions);
    if (!functions)
        abort();
    state->commands = functions;
    state->command_count++;
    if (!known)
        append(set, made);
    return true;
}

void script_set_free_commands(struct script_set *set)
{
    for (size_t i = 0; i < set->command_count; i++) {
        free(set->commands[i].name);
        free(set->commands[i].help);
        free(set->commands[i].file);
    }
    free(set->commands);
}

/* ---- running one ---- */

struct command_run {
    script_command_done_fn done;
    void *arg;
};

static void run_tell(struct script_call *call, bool well, const char *text, size_t len)
{
    struct command_run *run = call->user;
    call->user = NULL;
    run->done(run->arg, well, (struct carillon_str){ text, len });
    free(run);
}

static void run_tell_fault(struct script_call *call, enum script_fault fault)
{
    const char *text = script_call_push_error(call, fault);
    run_tell(call, false, text, strlen(text));
    lua_pop(call->state->vm->lua, 1);
}

static void run_tell_result(struct script_call *call)
{
    static const char wrong[] = "a command returns a text, a number or nothing";
    lua_State *lua = call->thread.lua;
    size_t len = 0;
    const char *text = lua_isnoneornil(lua, 1) ? "" : lua_tolstring(lua, 1, &len);
    if (text)
        run_tell(call, true, text, len);
    else
        run_tell(call, false, wrong, sizeof wrong - 1);
}

static void run_over(struct script_call *call, enum script_fault fault)
{
    if (fault == SCRIPT_FAULT_NONE)
        run_tell_result(call);
    else
        run_tell_fault(call, fault);
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
}

/* It had waited. */
static void run_ended(struct script_call *call, enum script_fault fault)
{
    struct script_state *state = call->state;
    run_over(call, fault);
    script_state_settle(state);
}

static void run_dropped(struct script_call *call)
{
    static const char text[] = "the scripts end";
    run_tell(call, false, text, sizeof text - 1);
}

struct arguments {
    const struct carillon_str *list;
    size_t count;
    int function;
};

/* Leaves the function and its arguments. */
static int push_call(lua_State *lua)
{
    const struct arguments *arguments = lua_touserdata(lua, 1);
    luaL_checkstack(lua, SCRIPT_COMMAND_ARGS_MAX + 1, NULL);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, arguments->function);
    for (size_t i = 0; i < arguments->count; i++)
        lua_pushlstring(lua, arguments->list[i].ptr, arguments->list[i].len);
    return (int)arguments->count + 1;
}

static bool push_onto(struct script_call *call, const struct arguments *arguments)
{
    lua_State *lua = call->state->vm->lua;
    int n = (int)arguments->count + 1;
    lua_pushcfunction(lua, push_call);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)arguments);
    if (!lua_checkstack(call->thread.lua, n) || lua_pcall(lua, 1, n, 0) != LUA_OK) {
        lua_settop(lua, 0);
        return false;
    }
    lua_xmove(lua, call->thread.lua, n);
    return true;
}

enum carillon_result script_command_run(struct script_state *state, struct carillon_str name,
                                        const struct carillon_str *args, size_t count, script_command_done_fn done,
                                        void *arg)
{
    const struct script_command *command = script_set_find_command(state->set, name);
    if (!command)
        return CARILLON_NOT_FOUND;
    if (count > SCRIPT_COMMAND_ARGS_MAX)
        return CARILLON_INVALID;
    const struct arguments arguments = { args, count, state->commands[command - state->set->commands] };
    struct command_run *run = malloc(sizeof *run);
    struct script_call *call = run ? script_call_new(state, NULL, -1) : NULL;
    if (!call || !push_onto(call, &arguments)) {
        if (call)
            script_call_free(call, false);
        free(run);
        return CARILLON_NO_MEMORY;
    }
    *run = (struct command_run){ done, arg };
    call->name = command->name;
    call->timeout_ms = SCRIPT_COMMAND_TIMEOUT_MS;
    call->ended = run_ended;
    call->dropped = run_dropped;
    call->user = run;
    enum script_fault fault;
    enum script_outcome outcome = script_call_run(call, (int)count, &fault);
    if (outcome != SCRIPT_WAITS)
        run_over(call, fault);
    return CARILLON_OK;
}
