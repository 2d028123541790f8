#include "lua/vm/binding.h"
#include "lua/api/caller.h"
#include "lua/run/timers.h"
#include "base/log.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { NAME_MAX_BYTES = 80, COST = 100 };
#define SECONDS_MIN 0.1
#define SECONDS_MAX (31.0 * 24 * 3600)

struct script_timer {
    struct script_timer *prev, *next;
    struct script_state *state;
    const struct app *app; /* of the message whose hook asked for it; NULL: of none */
    struct timer timer;
    int64_t after_ms;
    bool again, busy, over; /* busy: its function has begun and waits; over: it goes when that has ended */
    int faults;             /* in a row */
    int function;           /* registry reference */
    char name[NAME_MAX_BYTES];
};

static void timer_free(struct script_timer *timer)
{
    struct script_state *state = timer->state;
    timer_stop(&timer->timer);
    if (timer->busy) {
        timer->over = true;
        return;
    }
    luaL_unref(state->vm->lua, LUA_REGISTRYINDEX, timer->function);
    DL_DELETE(state->timers, timer);
    state->timer_count--;
    free(timer);
}

/* One run has ended. */
static void settle(struct script_timer *timer, enum script_fault fault)
{
    const struct script_options *options = &timer->state->set->options;
    timer->faults = fault == SCRIPT_FAULT_NONE ? 0 : timer->faults + 1;
    timer->busy = false;
    if (timer->faults >= options->faults_max) {
        log_error("lua", "%s failed %d times in a row: it does not run any more", timer->name, timer->faults);
        timer->over = true;
    }
    if (!timer->again || timer->over)
        timer_free(timer);
}

static void run_ended(struct script_call *call, enum script_fault fault)
{
    struct script_state *state = call->state;
    struct script_timer *timer = call->user;
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
    settle(timer, fault);
    script_state_settle(state);
}

static void timer_run(struct script_timer *timer)
{
    enum script_fault fault;
    struct script_call *call = script_call_new(timer->state, NULL, -1);
    if (!call)
        return;
    call->name = timer->name;
    call->app = timer->app;
    call->ended = run_ended;
    call->user = timer;
    lua_rawgeti(call->thread.lua, LUA_REGISTRYINDEX, timer->function);
    timer->busy = true;
    enum script_outcome outcome = script_call_run(call, 0, &fault);
    if (outcome == SCRIPT_WAITS)
        return;
    if (outcome == SCRIPT_FAULTY)
        script_call_report(call, fault);
    script_call_free(call, outcome == SCRIPT_DONE);
    settle(timer, fault);
}

/* One that still waits from the last time is left out. */
static void timer_due(struct timer *due)
{
    struct script_timer *timer = (struct script_timer *)((char *)due - offsetof(struct script_timer, timer));
    if (timer->again)
        timer_start(&timer->timer, timer->after_ms);
    if (!timer->busy)
        timer_run(timer);
}

void script_timers_begin(struct script_state *state)
{
    for (struct script_timer *timer = state->timers; timer; timer = timer->next)
        if (!timer->timer.running)
            timer_start(&timer->timer, timer->after_ms);
    state->in_force = true;
}

void script_timers_stop(struct script_state *state)
{
    state->in_force = false;
    for (struct script_timer *timer = state->timers, *next; timer; timer = next) {
        next = timer->next;
        timer_free(timer);
    }
}

void script_timers_free(struct script_state *state)
{
    for (struct script_timer *timer = state->timers; timer; timer = timer->next)
        timer->busy = false;
    script_timers_stop(state);
}

static int add_timer(lua_State *lua, bool again)
{
    struct script_state *state = script_vm_of(lua)->owner;
    lua_Number seconds = luaL_checknumber(lua, 1);
    luaL_argcheck(lua, seconds >= (again ? SECONDS_MIN : 0) && seconds <= SECONDS_MAX, 1,
                  again ? "0.1 seconds to 31 days" : "0 seconds to 31 days");
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    budget_charge(lua, COST);
    if (state->loading && state->worker > 0) /* the first worker's runs for all */
        return 0;
    if (!state->loading && !state->in_force)
        return 0; /* the daemon stops, or another set is in force */
    if (state->timer_count >= SCRIPT_TIMERS_MAX)
        return luaL_error(lua, "there are %d timers already", SCRIPT_TIMERS_MAX);
    lua_settop(lua, 2);
    luaL_where(lua, 1);
    lua_pushvalue(lua, 2);
    int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    struct script_timer *timer = calloc(1, sizeof *timer);
    if (!timer)
        abort();
    *timer = (struct script_timer){
        .state = state,
        .app = caller_own_app(state),
        .after_ms = (int64_t)ceil(seconds * 1000),
        .again = again,
        .function = function,
    };
    const char *where = lua_tostring(lua, -1); /* "file:line: " */
    int len = (int)strcspn(where, " ");
    snprintf(timer->name, sizeof timer->name, "the timer of %.*s", len ? len - 1 : 0, where);
    timer_init(&timer->timer, timer_due);
    DL_APPEND(state->timers, timer);
    state->timer_count++;
    if (state->in_force)
        timer_start(&timer->timer, timer->after_ms);
    return 0;
}

static int timer_every(lua_State *lua)
{
    return add_timer(lua, true);
}

static int timer_after(lua_State *lua)
{
    return add_timer(lua, false);
}

static const struct script_function functions[] = {
    { "every", "seconds, function", "",
      "Has the function called again and again, until the next reload. Asked for while the script is loaded it runs on "
      "one "
      "worker only, so once for all of the daemon; a run that is not over when the next is due takes its place. Asked "
      "for by a hook it acts for the app of its message.",
      "not 0.1 seconds to 31 days; no function; 1000 timers already", timer_every },
    { "after", "seconds, function", "", "The same once.", "not 0 seconds to 31 days; no function; 1000 timers already",
      timer_after },
};

SCRIPT_CLASS(class_timer, "", "Later.", functions);
