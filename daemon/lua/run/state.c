#include "lua/run/state.h"
#include "base/log.h"
#include "lua/api/message.h"
#include "lua/vm/sandbox.h"
#include "lua/shared/shared.h"
#include "lua/run/timers.h"
#include "lua/trial/trial.h"
#include "lua/run/say.h"

#include <lauxlib.h>
#include <stdlib.h>

struct trial *script_trial_of(lua_State *lua)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    return state ? state->set->options.trial : NULL;
}

struct shared *shared_of(lua_State *lua)
{
    const struct trial *trial = script_trial_of(lua);
    return trial ? trial->shared : shared_of_daemon();
}

struct script_state *script_state_new(struct script_set *set, unsigned worker)
{
    struct script_state *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    state->set = set;
    state->worker = worker;
    state->vm = script_vm_new(&set->options.budget, state);
    if (state->vm && sandbox_open(state->vm))
        return state;
    script_state_free(state);
    return NULL;
}

void script_state_free(struct script_state *state)
{
    if (!state)
        return;
    while (state->waiting) {
        if (state->waiting->dropped)
            state->waiting->dropped(state->waiting);
        script_call_free(state->waiting, false);
    }
    script_timers_free(state);
    if (state->vm)
        script_vm_free(state->vm);
    free(state->functions);
    free(state->commands);
    free(state);
}

void script_state_settle(struct script_state *state)
{
    if (!state->retired || state->waiting)
        return;
    state->set->states[state->worker] = NULL;
    script_state_free(state);
}

/* ---- calls ---- */

static void call_unlink(struct script_call *call)
{
    if (!call->link)
        return;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->link = NULL;
    call->state->waiting_count--;
}

static void call_link(struct script_call *call)
{
    struct script_state *state = call->state;
    if (call->link)
        return;
    call->next = state->waiting;
    call->link = &state->waiting;
    if (call->next)
        call->next->link = &call->next;
    state->waiting = call;
    state->waiting_count++;
}

/* Out of time: whatever it waits for is not waited for any more. */
static void call_expire(struct timer *timer)
{
    struct script_call *call = (struct script_call *)((char *)timer - offsetof(struct script_call, limit));
    script_call_report(call, SCRIPT_FAULT_TIMEOUT);
    call_unlink(call);
    call->ended(call, SCRIPT_FAULT_TIMEOUT);
}

struct script_call *script_call_new(struct script_state *state, const struct script_hook *hook, int index)
{
    struct script_call *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    if (!script_thread_begin(state->vm, &call->thread)) {
        free(call);
        return NULL;
    }
    call->state = state;
    call->hook = hook;
    call->name = hook ? hook->hook.id : "script";
    call->timeout_ms = hook ? hook->timeout_ms : 0;
    call->begun_ns = loop_monotonic_ns();
    if (index >= 0)
        lua_rawgeti(call->thread.lua, LUA_REGISTRYINDEX, state->functions[index]);
    return call;
}

void script_call_free(struct script_call *call, bool well)
{
    call_unlink(call);
    timer_stop(&call->wait);
    timer_stop(&call->limit);
    if (call->cancel)
        call->cancel(call->request);
    message_box_close(call->box);
    says_release(call);
    script_thread_end(call->state->vm, &call->thread, well);
    free(call);
}

/* It waits from now on. False: too many do. */
static bool call_suspend(struct script_call *call)
{
    struct script_state *state = call->state;
    if (!call->link && state->waiting_count >= state->set->options.waiting_max)
        return false;
    if (!call->link && call->timeout_ms && !state->set->options.trial) {
        int64_t gone_ms = (loop_monotonic_ns() - call->begun_ns) / 1000000;
        timer_init(&call->limit, call_expire);
        timer_start(&call->limit, gone_ms < call->timeout_ms ? call->timeout_ms - gone_ms : 0);
    }
    call_link(call);
    return true;
}

enum script_outcome script_call_run(struct script_call *call, int args, enum script_fault *fault)
{
    struct script_state *state = call->state;
    int64_t begun_ns = call->busy_ns ? loop_monotonic_ns() : call->begun_ns; /* it was made just now */
    state->running = call;
    enum script_outcome outcome = script_vm_resume(state->vm, &call->thread, args);
    state->running = NULL;
    call->answer = NULL;
    call->busy_ns += loop_monotonic_ns() - begun_ns;
    *fault = outcome == SCRIPT_FAULTY ? state->vm->killed : SCRIPT_FAULT_NONE;
    if (outcome == SCRIPT_WAITS && !call_suspend(call)) {
        *fault = SCRIPT_FAULT_CROWD;
        return SCRIPT_FAULTY;
    }
    return outcome;
}

/* ---- waiting ---- */

struct script_call *script_call_of(lua_State *lua)
{
    struct script_state *state = script_vm_of(lua)->owner;
    struct script_call *call = state ? state->running : NULL;
    if (!call || !call->ended || !lua_isyieldable(lua))
        luaL_error(lua, "nothing can wait here: not while the script is loaded, nor at a point that decides at once");
    return call;
}

int script_wait(lua_State *lua)
{
    script_vm_of(lua)->waiting = true;
    return lua_yield(lua, 0);
}

int script_wait_answer(lua_State *lua, lua_KFunction finish)
{
    script_call_of(lua)->finish = finish;
    script_vm_of(lua)->waiting = true;
    return lua_yieldk(lua, 0, 0, finish);
}

const void *script_answer(lua_State *lua, lua_KFunction finish)
{
    const struct script_state *state = script_vm_of(lua)->owner;
    struct script_call *call = state->running;
    const void *answer = call && call->finish == finish ? call->answer : NULL;
    if (!answer)
        luaL_error(lua, "a coroutine that waits was resumed by somebody else");
    else
        call->answer = NULL;
    return answer;
}

void script_call_answer(struct script_call *call, const void *answer)
{
    call->answer = answer;
    script_call_wake(call, 0);
}

void script_call_wake(struct script_call *call, int args)
{
    enum script_fault fault;
    call->cancel = NULL;
    call->request = NULL;
    if (script_call_run(call, args, &fault) == SCRIPT_WAITS)
        return;
    if (fault != SCRIPT_FAULT_NONE)
        script_call_report(call, fault);
    call_unlink(call);
    call->ended(call, fault);
}

int script_line_of(lua_State *lua)
{
    lua_Debug where;
    for (int level = 1; lua_getstack(lua, level, &where); level++) {
        lua_getinfo(lua, "Sl", &where);
        if (where.currentline > 0)
            return where.currentline;
    }
    return 0;
}

/* ---- faults ---- */

const char *script_call_push_error(struct script_call *call, enum script_fault fault)
{
    lua_State *lua = call->state->vm->lua, *thread = call->thread.lua;
    const char *what = script_fault_text(fault);
    if (fault == SCRIPT_FAULT_ERROR) {
        what = lua_type(thread, -1) == LUA_TSTRING ? lua_tostring(thread, -1) : "the error is no text";
        lua_pushstring(lua, what);
    } else {
        lua_pushstring(lua, what);
    }
    luaL_traceback(lua, thread, lua_tostring(lua, -1), 0);
    lua_remove(lua, -2);
    return lua_tostring(lua, -1);
}

void script_call_report(struct script_call *call, enum script_fault fault)
{
    const char *text = script_call_push_error(call, fault);
    if (call->hook)
        log_warning("lua", "hook %s of %s:%d %s: %s", call->name, call->hook->file, call->hook->line,
                    script_fault_text(fault), text);
    else
        log_warning("lua", "%s %s: %s", call->name, script_fault_text(fault), text);
    lua_pop(call->state->vm->lua, 1);
}
