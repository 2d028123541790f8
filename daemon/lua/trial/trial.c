#include "lua/trial/trial.h"
#include "base/arena.h"
#include "base/str.h"
#include "hook/registry.h"
#include "hook/verdict.h"
#include "lua/api/message.h"
#include "lua/shared/shared.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BOUND = 16 << 20,
    TEST_TIMES = 100,   /* a test may take so many steps more than a hook */
    STRETCH_TIMES = 20, /* processor time is no matter of a test, which may run on a slow machine */
};

#define BEGIN_MS INT64_C(1767225600000) /* the first of January 2026 */

bool trial_open(struct trial *trial, const struct script_options *options, char *error)
{
    struct script_options mine = *options;
    mine.trial = trial;
    mine.budget.stretch_ns *= STRETCH_TIMES;
    trial->now_ms = BEGIN_MS;
    trial->question = LUA_NOREF;
    trial->shared = shared_new();
    if (!trial->shared) {
        snprintf(error, SCRIPT_ERROR_SIZE, "no memory for a trial");
        return false;
    }
    trial->set = script_set_load(&mine, 1, error);
    return trial->set != NULL;
}

void trial_close(struct trial *trial)
{
    script_set_free(trial->set);
    shared_free(trial->shared);
    arena_free(trial->arena);
    trial->shared = NULL;
    trial->set = NULL;
    trial->arena = NULL;
}

bool trial_prepare(struct script_state *state, char *error)
{
    struct trial *trial = state->set->options.trial;
    return !trial || !trial->prepare || trial->prepare(state, trial->user, error);
}

/* ---- one hook ---- */

static void no_end(struct script_call *call, enum script_fault fault)
{
    (void)call, (void)fault; /* never called: a trial wakes its calls itself */
}

/* Until it has ended; a wait moves the clock, which has been done already. */
static enum script_fault run_call(struct trial *trial, struct script_call *call, int args)
{
    enum script_fault fault;
    int64_t begun_ms = trial->now_ms;
    enum script_outcome outcome = script_call_run(call, args, &fault);
    while (outcome == SCRIPT_WAITS) {
        if (call->hook && trial->now_ms - begun_ms > call->hook->timeout_ms)
            return SCRIPT_FAULT_TIMEOUT;
        outcome = script_call_run(call, 0, &fault);
    }
    return fault;
}

static struct carillon_verdict keep_verdict(struct carillon_arena *arena, const struct carillon_verdict *verdict)
{
    struct carillon_verdict kept = *verdict;
    kept.code = arena_str(arena, verdict->code);
    kept.text = arena_str(arena, verdict->text);
    kept.channel = arena_str(arena, verdict->channel);
    kept.body = arena_str(arena, verdict->body);
    kept.data = arena_str(arena, verdict->data);
    kept.queue = arena_str(arena, verdict->queue);
    kept.user = arena_str(arena, verdict->user);
    return kept;
}

static void keep_verdicts(struct carillon_arena *arena, const struct carillon_verdict *read,
                          struct carillon_verdict *kept)
{
    *kept = keep_verdict(arena, read);
    while ((read = read->then)) {
        struct carillon_verdict *next = arena_alloc(arena, sizeof *next);
        if (!next)
            abort();
        *next = keep_verdict(arena, read);
        kept->then = next;
        kept = next;
    }
}

static enum carillon_verdict_kind note_fault(struct trial *trial, const struct script_hook *hook, const char *why)
{
    trial->result.faulty = hook;
    trial->result.error = arena_printf(trial->arena, "%s", why).ptr;
    return hook->hook.fail_open ? CARILLON_VERDICT_PASS : CARILLON_VERDICT_DROP;
}

static void take_verdict(struct trial *trial, struct script_call *call, enum carillon_hook_point point,
                         struct carillon_verdict *verdict)
{
    struct carillon_verdict read;
    char why[VERDICT_WHY_SIZE];
    const char *wrong;
    if (!verdict_read(call->thread.lua, 2, &read, &call->state->verdicts, &wrong)) {
        verdict->kind = note_fault(trial, call->hook, wrong);
    } else if (!verdict_fits(point, &read, why)) {
        verdict->kind = note_fault(trial, call->hook, why);
    } else {
        keep_verdicts(trial->arena, &read, verdict);
    }
}

static struct carillon_verdict run_hook(struct trial *trial, const struct script_hook *hook,
                                        const struct carillon_hook_call *message)
{
    struct carillon_verdict verdict = { .kind = CARILLON_VERDICT_PASS };
    struct script_state *state = trial->set->states[0];
    struct script_call *call = script_call_new(state, hook, -1);
    if (!call)
        abort();
    lua_State *lua = call->thread.lua;
    call->box = message_push(lua, message);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state->functions[hook->index]);
    lua_pushvalue(lua, 1);
    call->ended = verdict_known(message->point, CARILLON_VERDICT_SUSPEND) ? no_end : NULL;
    enum script_fault fault = run_call(trial, call, 1);
    if (fault == SCRIPT_FAULT_NONE) {
        take_verdict(trial, call, message->point, &verdict);
    } else {
        verdict.kind = note_fault(trial, hook, script_call_push_error(call, fault));
        lua_pop(state->vm->lua, 1);
    }
    trial->result.busy_ns += call->busy_ns;
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
    return verdict;
}

/* ---- the chain ---- */

static bool add_copy(struct trial_result *result, struct carillon_str channel)
{
    if (result->copy_count == TRIAL_COPIES_MAX)
        return false;
    result->copies[result->copy_count++] = channel;
    return true;
}

/* Those beyond the bound are not shown. */
static void add_mute(struct trial_result *result, const struct carillon_verdict *verdict)
{
    if (result->mute_count < TRIAL_MUTES_MAX)
        result->mutes[result->mute_count++] = *verdict;
}

static void decide(struct trial_result *result, const struct script_hook *hook, const struct carillon_verdict *verdict)
{
    result->kind = verdict->kind;
    result->hook = hook;
    result->verdict = *verdict;
}

/* What the verdict does to the message; true: the chain goes on. As hook/verdict.c does it to an action. */
static bool apply(struct trial *trial, const struct script_hook *hook, const struct carillon_verdict *verdict,
                  struct carillon_hook_call *message)
{
    struct trial_result *result = &trial->result;
    switch (verdict->kind) {
    case CARILLON_VERDICT_PASS:
        return true;
    case CARILLON_VERDICT_MODIFY:
        if (verdict->body.ptr)
            message->text = verdict->body;
        if (verdict->data.ptr)
            message->data = verdict->data;
        decide(result, hook, verdict);
        return true;
    case CARILLON_VERDICT_COPY:
        if (!add_copy(result, verdict->channel))
            note_fault(trial, hook, "asked for more copies than there may be");
        return true;
    case CARILLON_VERDICT_MUTE:
        add_mute(result, verdict);
        decide(result, hook, verdict);
        return (verdict->user.ptr && !str_equal(verdict->user, message->user.id)) || !verdict->ttl_ms;
    case CARILLON_VERDICT_REROUTE:
        message->channel = verdict->channel;
        break;
    case CARILLON_VERDICT_DROP:
    case CARILLON_VERDICT_SHADOW:
    case CARILLON_VERDICT_HOLD:
    case CARILLON_VERDICT_SUSPEND:
    case CARILLON_VERDICT_COUNT:
        break;
    }
    decide(result, hook, verdict);
    return false;
}

static struct trial_result *begin_result(struct trial *trial)
{
    arena_free(trial->arena);
    trial->arena = arena_new(ARENA_BOUND);
    if (!trial->arena)
        abort();
    trial->result = (struct trial_result){ .kind = CARILLON_VERDICT_PASS };
    return &trial->result;
}

const struct trial_result *trial_ask(struct trial *trial, const struct carillon_hook_call *message)
{
    struct trial_result *result = begin_result(trial);
    struct carillon_hook_call shown = *message;
    int64_t begun_ms = trial->now_ms;
    bool going = true;
    for (size_t i = 0; going && i < trial->set->hook_count; i++) {
        const struct script_hook *hook = trial->set->hooks[i];
        if (hook->moment != SCRIPT_MOMENT_NONE || hook->hook.point != message->point ||
            !hook_matches(&hook->hook, message->app, message->channel))
            continue;
        result->asked++;
        struct carillon_verdict verdict = run_hook(trial, hook, &shown);
        for (const struct carillon_verdict *one = &verdict; going && one; one = one->then)
            going = apply(trial, hook, one, &shown);
    }
    result->text = arena_str(trial->arena, shown.text);
    result->data = arena_str(trial->arena, shown.data);
    result->channel = arena_str(trial->arena, shown.channel);
    result->waited_ms = trial->now_ms - begun_ms;
    return result;
}

/* ---- moments ---- */

static void push_moment(lua_State *lua, const struct script_hook *hook)
{
    lua_createtable(lua, 0, 3);
    lua_pushstring(lua, script_moment_name(hook->moment));
    lua_setfield(lua, -2, "point");
    lua_pushinteger(lua, 1);
    lua_setfield(lua, -2, "worker");
    lua_pushinteger(lua, 1);
    lua_setfield(lua, -2, "workers");
}

const struct trial_result *trial_tell(struct trial *trial, enum script_moment moment)
{
    struct trial_result *result = begin_result(trial);
    struct script_state *state = trial->set->states[0];
    for (size_t i = 0; i < trial->set->hook_count; i++) {
        const struct script_hook *hook = trial->set->hooks[i];
        if (hook->moment != moment)
            continue;
        struct script_call *call = script_call_new(state, hook, (int)hook->index);
        if (!call)
            abort();
        push_moment(call->thread.lua, hook);
        call->ended = no_end;
        enum script_fault fault = run_call(trial, call, 1);
        if (fault != SCRIPT_FAULT_NONE) {
            note_fault(trial, hook, script_call_push_error(call, fault));
            lua_pop(state->vm->lua, 1);
        }
        result->asked++;
        script_call_free(call, fault == SCRIPT_FAULT_NONE);
    }
    return result;
}

/* ---- tests ---- */

struct question {
    struct carillon_hook_call message;
    enum script_moment moment;
};

static int read_question(lua_State *lua)
{
    lua_settop(lua, 2);
    struct question *question = lua_touserdata(lua, 2);
    trial_read_message(lua, 1, &question->message, &question->moment);
    return 0;
}

/* The test has suspended itself to ask; pushes what it is answered: the result, or nil and why there is none. */
static int answer(struct trial *trial, lua_State *test)
{
    lua_State *lua = trial->set->states[0]->vm->lua;
    struct question question;
    int asked = trial->question, answers = 1;
    if (asked == LUA_NOREF)
        return 0;
    trial->question = LUA_NOREF;
    lua_pushcfunction(lua, read_question);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, asked); /* the reference keeps the strings */
    lua_pushlightuserdata(lua, &question);
    if (lua_pcall(lua, 2, 0, 0) == LUA_OK) {
        bool moment = question.moment != SCRIPT_MOMENT_NONE;
        trial_push_result(test, moment ? trial_tell(trial, question.moment) : trial_ask(trial, &question.message));
    } else {
        lua_pushnil(test);
        lua_xmove(lua, test, 1);
        answers = 2;
    }
    luaL_unref(lua, LUA_REGISTRYINDEX, asked);
    return answers;
}

bool trial_run_test(struct trial *trial, const char *name, char *error)
{
    struct script_state *state = trial->set->states[0];
    enum script_fault fault;
    struct script_call *call = script_call_new(state, NULL, -1);
    if (!call)
        abort();
    call->name = name;
    call->ended = no_end;
    call->thread.steps_left *= TEST_TIMES;
    trial->asking = call;
    lua_xmove(state->vm->lua, call->thread.lua, 1);
    enum script_outcome outcome = script_call_run(call, 0, &fault);
    while (outcome == SCRIPT_WAITS)
        outcome = script_call_run(call, answer(trial, call->thread.lua), &fault);
    trial->asking = NULL;
    if (fault == SCRIPT_FAULT_ERROR && lua_type(call->thread.lua, -1) == LUA_TSTRING) {
        snprintf(error, SCRIPT_ERROR_SIZE, "%s", lua_tostring(call->thread.lua, -1)); /* it names the place */
    } else if (fault != SCRIPT_FAULT_NONE) {
        snprintf(error, SCRIPT_ERROR_SIZE, "%s", script_call_push_error(call, fault));
        lua_pop(state->vm->lua, 1);
    }
    script_call_free(call, fault == SCRIPT_FAULT_NONE);
    return fault == SCRIPT_FAULT_NONE;
}
